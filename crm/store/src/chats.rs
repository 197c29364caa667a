//! Chats and their messages.

use crm::call::Direction;
use crm::chat::{Carrier, Chat, ChatWith, Message, MessageState, TEXT_MAX};
use crm::id::{AccountId, ChatId, MessageId};
use crm::phone::PhoneNumber;
use crm::store::{Chats, Page, StoreError, chat_mark, read_chat_mark};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::store_error as err;
use crate::rows::json;

/// What [`message`] reads.
const MESSAGE: &str = "m.id, m.direction, m.text, m.at_ms, m.state, m.code";
/// What [`with`] reads behind it.
const WITH: &str = "c.carrier, c.account, c.address, c.number, c.name";

impl Chats for SqliteStore {
    fn add_message(&mut self, with: &ChatWith, message: &Message) -> Result<ChatId, StoreError> {
        if message.text.len() > TEXT_MAX {
            return Err(StoreError::WrongState);
        }
        let profile = self.profile;
        self.write(|tx| {
            let (row, id) = chat(tx, profile, with, message.id)?;
            let mut put = tx
                .prepare_cached(
                    "INSERT INTO message (id, chat, direction, text, at_ms, state, code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                    ON CONFLICT (id) DO NOTHING",
                )
                .map_err(err)?;
            let direction = direction_name(message.direction);
            let values =
                (message.id.0.as_bytes(), row, direction, &message.text, message.at_ms, message.state.name(), code(message.state));
            if put.execute(values).map_err(err)? == 0 {
                return Err(StoreError::WrongState);
            }
            Ok(id)
        })
    }

    fn settle_message(&mut self, id: MessageId, state: MessageState) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| move_on(tx, profile, id, ["sending", "unknown"], state))
    }

    fn send_message_again(&mut self, id: MessageId) -> Result<(ChatWith, Message), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            move_on(tx, profile, id, ["failed", "unknown"], MessageState::Sending)?;
            let of = format!("SELECT {MESSAGE}, {WITH} FROM chat c JOIN message m ON m.chat = c.row WHERE m.id = ?1");
            tx.query_row(&of, [id.0.as_bytes()], |row| Ok((with(row)?, message(row)?))).map_err(err)
        })
    }

    fn recover_messages(&mut self) -> Result<u32, StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let open = "UPDATE message SET state = 'unknown' WHERE state = 'sending'
                AND chat IN (SELECT row FROM chat WHERE profile = ?1)";
            Ok(u32::try_from(tx.execute(open, [profile]).map_err(err)?).unwrap_or(u32::MAX))
        })
    }

    fn chat(&mut self, id: ChatId) -> Result<Chat, StoreError> {
        let mut select = self.db.prepare_cached(&listed_where("c.profile = ?1 AND c.id = ?2")).map_err(err)?;
        let found = select.query_row((self.profile, id.0.as_bytes()), listed).optional().map_err(err)?;
        found.ok_or(StoreError::NotFound)
    }

    fn find_chat(&mut self, with: &ChatWith) -> Result<Option<Chat>, StoreError> {
        let of = "c.profile = ?1 AND c.carrier = ?2 AND c.account = ?3 AND c.address = ?4";
        let mut select = self.db.prepare_cached(&listed_where(of)).map_err(err)?;
        let values = (self.profile, with.carrier.name(), with.account.0.as_bytes(), &with.address);
        select.query_row(values, listed).optional().map_err(err)
    }

    fn chats(&mut self, after: Option<&str>, limit: u32) -> Result<Page<Chat>, StoreError> {
        let after = after.map(read_chat_mark).transpose()?.map(|id| id.0.as_bytes().to_vec());
        let of = "c.profile = ?1 AND (?2 IS NULL OR m.id < ?2) ORDER BY m.id DESC LIMIT ?3";
        let mut select = self.db.prepare_cached(&listed_where(of)).map_err(err)?;
        let rows = select.query_map((self.profile, after, i64::from(limit) + 1), listed).map_err(err)?;
        let mut rows: Vec<Chat> = rows.collect::<Result<_, _>>().map_err(err)?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).map(|chat| chat_mark(chat.last.id));
        let total = "SELECT count(*) FROM chat WHERE profile = ?1";
        let total = self.db.query_row(total, [self.profile], |row| row.get(0)).map_err(err)?;
        Ok(Page { rows, next, total })
    }

    fn messages(&mut self, chat: ChatId, before: Option<MessageId>, limit: u32) -> Result<Vec<Message>, StoreError> {
        let row = row_of(&self.db, self.profile, chat)?;
        let mut select = self
            .db
            .prepare_cached(&format!(
                "SELECT {MESSAGE} FROM message m WHERE m.chat = ?1 AND (?2 IS NULL OR m.id < ?2) ORDER BY m.id DESC LIMIT ?3"
            ))
            .map_err(err)?;
        let before = before.map(|before| before.0.as_bytes().to_vec());
        let rows = select.query_map((row, before, limit), message).map_err(err)?;
        rows.collect::<Result<_, _>>().map_err(err)
    }

    fn read_chat(&mut self, chat: ChatId, until: MessageId) -> Result<(), StoreError> {
        let profile = self.profile;
        self.write(|tx| {
            let row = row_of(tx, profile, chat)?;
            let read = "UPDATE chat SET read_until = max(coalesce(read_until, x'00'), ?2) WHERE row = ?1";
            tx.execute(read, (row, until.0.as_bytes())).map_err(err)?;
            Ok(())
        })
    }
}

/// Chats with these numbers go, and what was written in them.
pub(crate) fn forget_of(tx: &Transaction<'_>, profile: i64, keys: &[String]) -> Result<(), StoreError> {
    let gone = "DELETE FROM chat WHERE profile = ?1 AND match_key IN (SELECT value FROM json_each(?2))";
    tx.execute(gone, (profile, json(&keys)?)).map_err(err)?;
    Ok(())
}

/// Messages from before go, and chats without any.
pub(crate) fn forget_before(tx: &Transaction<'_>, profile: i64, before_ms: i64) -> Result<(), StoreError> {
    let old = "DELETE FROM message WHERE at_ms < ?2 AND chat IN (SELECT row FROM chat WHERE profile = ?1)";
    tx.execute(old, (profile, before_ms)).map_err(err)?;
    let empty = "DELETE FROM chat WHERE profile = ?1 AND row NOT IN (SELECT chat FROM message)";
    tx.execute(empty, [profile]).map_err(err)?;
    Ok(())
}

/// The row and id of a chat, made with its first message.
fn chat(tx: &Transaction<'_>, profile: i64, with: &ChatWith, first: MessageId) -> Result<(i64, ChatId), StoreError> {
    let number = with.number.as_ref().map(json).transpose()?;
    let key = with.number.as_ref().map(PhoneNumber::match_key);
    let mut put = tx
        .prepare_cached(
            "INSERT INTO chat (id, profile, carrier, account, address, number, match_key, name)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (profile, carrier, account, address)
            DO UPDATE SET number = ?6, match_key = ?7, name = coalesce(?8, name) RETURNING row, id",
        )
        .map_err(err)?;
    let ChatWith { carrier, account, address, name, .. } = with;
    let values = (first.0.as_bytes(), profile, carrier.name(), account.0.as_bytes(), address, number, key, name);
    put.query_row(values, |row| Ok((row.get(0)?, ChatId(Uuid::from_bytes(row.get(1)?))))).map_err(err)
}

fn row_of(db: &Connection, profile: i64, chat: ChatId) -> Result<i64, StoreError> {
    let mut select = db.prepare_cached("SELECT row FROM chat WHERE id = ?1 AND profile = ?2").map_err(err)?;
    let row = select.query_row((chat.0.as_bytes(), profile), |row| row.get(0)).optional().map_err(err)?;
    row.ok_or(StoreError::NotFound)
}

/// A message in this state goes into another; else it is there in a state of its own, or not at all.
fn move_on(
    tx: &Transaction<'_>,
    profile: i64,
    id: MessageId,
    from: [&str; 2],
    to: MessageState,
) -> Result<(), StoreError> {
    let mut change = tx
        .prepare_cached(
            "UPDATE message SET state = ?3, code = ?4 WHERE id = ?1 AND state IN (?5, ?6)
            AND chat IN (SELECT row FROM chat WHERE profile = ?2)",
        )
        .map_err(err)?;
    if change.execute((id.0.as_bytes(), profile, to.name(), code(to), from[0], from[1])).map_err(err)? == 1 {
        return Ok(());
    }
    let known = "SELECT 1 FROM message WHERE id = ?1";
    let known = tx.query_row(known, [id.0.as_bytes()], |_| Ok(())).optional().map_err(err)?;
    Err(known.map_or(StoreError::NotFound, |()| StoreError::WrongState))
}

fn code(state: MessageState) -> Option<u16> {
    match state {
        MessageState::Failed { code } => code,
        _ => None,
    }
}

/// Reads chats with their last message for [`listed`].
fn listed_where(of: &str) -> String {
    format!(
        "SELECT {MESSAGE}, {WITH}, c.id, (SELECT count(*) FROM message u WHERE u.chat = c.row AND u.state = 'received'
            AND (c.read_until IS NULL OR u.id > c.read_until))
        FROM chat c JOIN message m ON m.chat = c.row AND m.id = (SELECT max(id) FROM message WHERE chat = c.row)
        WHERE {of}"
    )
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Chat> {
    let id = ChatId(Uuid::from_bytes(row.get(11)?));
    Ok(Chat { id, with: with(row)?, unread: row.get(12)?, last: message(row)? })
}

fn with(row: &Row<'_>) -> rusqlite::Result<ChatWith> {
    let carrier: String = row.get(6)?;
    let carrier = [Carrier::Whatsapp, Carrier::Sms].into_iter().find(|one| one.name() == carrier);
    let number: Option<String> = row.get(9)?;
    Ok(ChatWith {
        carrier: carrier.unwrap_or(Carrier::Sip),
        account: AccountId(Uuid::from_bytes(row.get(7)?)),
        address: row.get(8)?,
        number: number.and_then(|text| serde_json::from_str(&text).ok()),
        name: row.get(10)?,
    })
}

fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let (direction, state): (String, String) = (row.get(1)?, row.get(4)?);
    let state = match state.as_str() {
        "sending" => MessageState::Sending,
        "sent" => MessageState::Sent,
        "failed" => MessageState::Failed { code: row.get(5)? },
        "unknown" => MessageState::Unknown,
        _ => MessageState::Received,
    };
    let direction = if direction == "outgoing" { Direction::Outgoing } else { Direction::Incoming };
    Ok(Message {
        id: MessageId(Uuid::from_bytes(row.get(0)?)),
        direction,
        text: row.get(2)?,
        at_ms: row.get(3)?,
        state,
    })
}

fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Incoming => "incoming",
        Direction::Outgoing => "outgoing",
    }
}
