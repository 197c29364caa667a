#!/usr/bin/env bash
# Makes every icon from the two vector sources. Needs rsvg-convert (librsvg2-bin), icotool (icoutils), png2icns (icnsutils).
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for size in 16 24 32 48 64 128 256 512 1024; do
  rsvg-convert -w "$size" -h "$size" timbre.svg -o "$scratch/$size.png"
done
cp "$scratch/32.png" 32x32.png
cp "$scratch/64.png" 64x64.png
cp "$scratch/128.png" 128x128.png
cp "$scratch/256.png" 128x128@2x.png
cp "$scratch/512.png" icon.png
icotool --create --output=icon.ico "$scratch"/{16,24,32,48,64}.png --raw="$scratch/256.png"
png2icns icon.icns "$scratch"/{16,32,48,128,256,512,1024}.png >/dev/null
# Tray: available, in call, do not disturb, ringing, offline (state by dot and, when offline, by paler bars).
tray() { sed "s/BARS/$2/;s/DOT/$3/" tray.svg | rsvg-convert -w 44 -h 44 -o "tray-$1.png"; }
tray available '#FFFFFF' '#2FA35C'
tray call '#FFFFFF' '#2D6CC7'
tray ringing '#FFFFFF' '#CC3333'
tray away '#FFFFFF' '#FACA4B'
tray offline '#9C969D' 'none'
