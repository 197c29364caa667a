//! Following the books in rounds: what has changed in each book since the last one is listed, and the cards of the list are read
//! in parts. The cursor says where that stands, so that whoever is ended in the middle reads no card again, and which cards were
//! read in which version, so that of a list of everything only what differs is read.
//!
//! ```text
//! books ─► list of a book since its token ─► cards, 50 at a time ─► its next token ─► … next book … ─► complete
//! ```

use std::collections::{BTreeMap, VecDeque};

use crm::connector::{Changes, Fault, RemoteKind, RemotePerson, RemoteRef};
use serde::{Deserialize, Serialize};

use super::marks::Marks;
use super::request::Asked;
use super::xml::{DAV, Told};
use super::{CardDav, NAME_MAX, read};

/// The most cards that are asked for in one request.
const CARDS_AT_ONCE: usize = 50;

/// The version of [`Place`]. The first had none, and no marks; of a later one nothing is known, and all is told anew.
const VERSION: u32 = 2;

/// Where the books stand; the cursor is its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    #[serde(default)]
    version: u32,
    /// By address of a book, the token that its next list is asked with; none lists everything.
    books: BTreeMap<String, Option<String>>,
    /// The list whose cards are being read.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<List>,
    /// Cards that were read.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    marks: Marks,
    /// While all is told anew: cards that had been read before. Only those that are told again count on.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    before: Marks,
}

/// A list whose cards are being read, in order of their addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    book: String,
    /// The token that the list came with.
    then: String,
    /// The list is all that had changed.
    whole: bool,
    /// The last card that was read; empty if none.
    done: String,
}

/// A round under way, as long as the program runs.
#[derive(Debug)]
pub(super) struct Round {
    /// The cursor that it goes on from.
    cursor: String,
    place: Place,
    /// Books that are still to be looked at.
    todo: VecDeque<String>,
    /// Cards of the list that are still to be read.
    unread: VecDeque<String>,
}

/// What a list tells.
struct Listed {
    then: String,
    whole: bool,
    /// Addresses and etags.
    there: BTreeMap<String, String>,
    gone: Vec<RemoteRef>,
}

impl Place {
    /// Of a cursor; none of a later version's.
    fn read(cursor: &str) -> Option<Self> {
        serde_json::from_str::<Self>(cursor).ok().filter(|place| place.version <= VERSION)
    }

    /// All is told anew: what was read is compared.
    fn forget_tokens(&mut self) {
        self.books.values_mut().for_each(|token| *token = None);
        self.list = None;
        let read = std::mem::take(&mut self.marks);
        self.before.join(read);
    }
}

impl CardDav {
    /// The page behind a cursor.
    pub(super) async fn page(&self, cursor: Option<&str>) -> Result<Changes, Fault> {
        let mut kept = self.round.lock().await;
        let known = kept.take().filter(|round| cursor == Some(round.cursor.as_str()));
        let (mut round, mut page) = match known {
            Some(round) => (round, Changes::default()),
            None => self.begin(cursor).await?,
        };
        self.go_on(&mut round, &mut page).await?;
        if round.todo.is_empty() {
            round.place.before = Marks::default();
        }
        round.cursor = serde_json::to_string(&round.place).map_err(|_| Fault::NotUnderstood)?;
        page.cursor.clone_from(&round.cursor);
        page.complete = round.todo.is_empty();
        *kept = Some(round).filter(|_| !page.complete);
        Ok(page)
    }

    /// A new round. If a book is gone all is told anew: which cards were in it is not known here. Cards of the others that are as
    /// they were are not read again.
    async fn begin(&self, cursor: Option<&str>) -> Result<(Round, Changes), Fault> {
        let books = self.books().await?;
        let known = cursor.and_then(Place::read);
        let anew = !known.as_ref().is_some_and(|place| place.books.keys().all(|book| books.contains(book)));
        let mut place = known.unwrap_or_default();
        if anew {
            place.forget_tokens();
            place.books.clear();
        }
        place.version = VERSION;
        for book in &books {
            place.books.entry(book.clone()).or_default();
        }
        let mut todo: VecDeque<String> = books.into_iter().collect();
        // The book whose list was being read comes first.
        if let Some(list) = &place.list
            && let Some(at) = todo.iter().position(|book| *book == list.book)
        {
            todo.rotate_left(at);
        }
        let round = Round { cursor: String::new(), place, todo, unread: VecDeque::new() };
        Ok((round, Changes { anew, ..Changes::default() }))
    }

    /// One step: the next list is asked for, if there is none, and cards of it are read.
    async fn go_on(&self, round: &mut Round, page: &mut Changes) -> Result<(), Fault> {
        if round.unread.is_empty() {
            self.list_next(round, page).await?;
        }
        match round.place.list.clone() {
            Some(list) => self.read_some(round, list, page).await,
            None => Ok(()),
        }
    }

    async fn list_next(&self, round: &mut Round, page: &mut Changes) -> Result<(), Fault> {
        let Some(book) = round.todo.front().cloned() else { return Ok(()) };
        let token = round.place.books.get(&book).cloned().flatten();
        let mut listed = match self.list(&book, token.as_deref()).await {
            Ok(Some(listed)) => listed,
            // The server has forgotten what it told when.
            Ok(None) if token.is_some() => {
                round.place.forget_tokens();
                page.anew = true;
                let all = round.place.books.keys().cloned().collect();
                round.todo = all;
                return Ok(());
            }
            Ok(None) => return Err(Fault::NotUnderstood),
            Err(fault) => return Err(fault),
        };
        for record in &listed.gone {
            round.place.marks.remove(&record.id);
        }
        page.gone.append(&mut listed.gone);
        let mut list = List { book, then: listed.then, whole: listed.whole, done: String::new() };
        if let Some(before) = round.place.list.take().filter(|before| before.book == list.book) {
            // Ended in the middle of this list. Read since it came, cards changed later are told behind its own token.
            if (before.whole && list.whole) || before.then == list.then {
                listed.there = listed.there.split_off(&before.done);
                listed.there.remove(&before.done);
                list = before;
            }
        }
        for (href, etag) in listed.there {
            if round.place.before.has(&href, &etag) || round.place.marks.has(&href, &etag) {
                round.place.marks.put(&href, &etag);
                page.same.push(record(href));
            } else {
                round.unread.push_back(href);
            }
        }
        round.place.list = Some(list);
        end_of_list(round);
        Ok(())
    }

    /// What has changed in a book since a token; none if the token leads nowhere any more.
    async fn list(&self, book: &str, token: Option<&str>) -> Result<Option<Listed>, Fault> {
        let told = match self.changed(book, token).await {
            Asked::Told(told) => told,
            Asked::Stale => return Ok(None),
            Asked::Failed(fault) => return Err(fault),
        };
        let whole = !told.told.iter().any(|one| one.status == Some(507));
        let then = told.token.ok_or(Fault::NotUnderstood)?;
        // A part that does not lead on would be told for ever.
        if !whole && token == Some(then.as_str()) {
            return Err(Fault::NotUnderstood);
        }
        let (mut there, mut gone) = (BTreeMap::new(), Vec::new());
        let place = self.at(book)?;
        for one in told.told {
            let Ok(url) = self.at(&one.href) else { continue };
            let href = url.path().to_owned();
            if url == place || href.len() > NAME_MAX || href.ends_with('/') {
                continue;
            }
            match one.status {
                Some(404) => gone.push(record(href)),
                _ => {
                    if let Some(etag) = one.property(DAV, "getetag") {
                        there.insert(href, etag.text.trim().to_owned());
                    }
                }
            }
        }
        Ok(Some(Listed { then, whole, there, gone }))
    }

    /// Reads cards of the list.
    async fn read_some(&self, round: &mut Round, list: List, page: &mut Changes) -> Result<(), Fault> {
        let mut most = CARDS_AT_ONCE;
        let (hrefs, told) = loop {
            let hrefs: Vec<String> = round.unread.iter().take(most).cloned().collect();
            match self.cards(&list.book, &hrefs).await {
                Ok(told) => break (hrefs, told),
                // More than is read at once: cards have pictures.
                Err(Fault::Lost) if most > 1 => most /= 2,
                Err(Fault::Lost) => break (hrefs, Vec::new()),
                Err(fault) => return Err(fault),
            }
        };
        let mut cards: BTreeMap<String, Option<RemotePerson>> = hrefs.iter().map(|href| (href.clone(), None)).collect();
        for one in &told {
            let Some(href) = self.href(one) else { continue };
            if let Some(card) = cards.get_mut(&href) {
                match one.property(DAV, "getetag") {
                    Some(etag) => round.place.marks.put(&href, etag.text.trim()),
                    None => round.place.marks.remove(&href),
                }
                *card = read(one, record(href), &self.country);
            }
        }
        round.unread.drain(..hrefs.len());
        let done = hrefs.into_iter().next_back().unwrap_or_default();
        round.place.list = Some(List { done, ..list });
        for (href, person) in cards {
            match person {
                Some(person) => page.people.push(person),
                // Without a name or a number now.
                None => page.gone.push(record(href)),
            }
        }
        end_of_list(round);
        Ok(())
    }

    fn href(&self, told: &Told) -> Option<String> {
        self.at(&told.href).ok().map(|url| url.path().to_owned())
    }
}

/// When all cards of a list are read its token counts.
fn end_of_list(round: &mut Round) {
    if !round.unread.is_empty() {
        return;
    }
    if let Some(List { book, then, whole, .. }) = round.place.list.take() {
        if whole {
            round.todo.retain(|other| *other != book);
        }
        round.place.books.insert(book, Some(then));
    }
}

/// A card, by its address.
fn record(href: String) -> RemoteRef {
    RemoteRef { kind: RemoteKind::Contact, id: href }
}
