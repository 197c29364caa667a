/** Where a list was scrolled to, by the row at the top of its view. Nothing is drawn of it. */
export interface KeptPlace {
  anchor: { key: string; below: number } | null;
}
