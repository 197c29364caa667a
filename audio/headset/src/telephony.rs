//! Buttons and lamps of telephony among the fields of a descriptor (HID Usage Tables 1.4: §11 LED, §14 Telephony, §15 Consumer).

use std::collections::BTreeMap;

use crate::descriptor::{Descriptor, Field, Kind, Usage};

/// What a headset tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Button {
    /// Off-hook or on-hook (0x0B20).
    Hook,
    /// Phone Mute (0x0B2F).
    Mute,
    /// Flash (0x0B21).
    Flash,
    /// Hold (0x0B23).
    Hold,
    /// Redial (0x0B24).
    Redial,
    /// Drop: refuse or end (0x0B26).
    Drop,
    /// Line key of a base station (0x0B2A).
    Line,
    /// Line Busy Tone (0x0B97): the base station is on another line, its desk telephone or mobile.
    LineBusy,
    /// Programmable Button (0x0B07), in the order in which they stand.
    Programmable(u8),
    /// Volume Increment (0x0CE9); the system acts on it.
    VolumeUp,
    /// Volume Decrement (0x0CEA); the system acts on it.
    VolumeDown,
}

/// How a button moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Its value is a state: 1 as long as it is on.
    Latched,
    /// It goes to 1 and back with each press.
    Pulse,
}

/// What a headset shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lamp {
    /// In a call (0x0817).
    OffHook,
    /// A call rings (0x0818).
    Ring,
    /// Muted (0x0809).
    Mute,
    /// A call is held (0x0820).
    Hold,
    /// Microphone (0x0821).
    Microphone,
    /// Speaker (0x081E).
    Speaker,
    /// On-Line (0x082A).
    OnLine,
    /// Ringer of the device (0x0B9E).
    Ringer,
}

/// One value of an input report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Index of the input, the same for every report.
    pub input: usize,
    /// Which button.
    pub button: Button,
    /// How it moves.
    pub nature: Nature,
    /// Whether it is on.
    pub on: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Input {
    button: Button,
    nature: Nature,
    field: Field,
    place: Place,
}

/// Where in its field a button stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Value with this index.
    Variable(u32),
    /// Any value of the array that is this one.
    Array(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Output {
    lamp: Lamp,
    report: u8,
    bit: u32,
}

/// The telephony of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telephony {
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    lengths: BTreeMap<u8, usize>,
    numbered: bool,
}

impl Telephony {
    /// Finds telephony in a descriptor; `None` where there is no button of the telephony page, as on headsets with volume keys alone.
    pub fn find(descriptor: &Descriptor) -> Option<Self> {
        let mut found = Self {
            inputs: Vec::new(),
            outputs: Vec::new(),
            lengths: BTreeMap::new(),
            numbered: descriptor.is_numbered(),
        };
        for field in &descriptor.fields {
            match field.kind {
                Kind::Input => found.take_inputs(field),
                Kind::Output => found.take_outputs(field, descriptor),
                Kind::Feature => {}
            }
        }
        let volume = |input: &Input| matches!(input.button, Button::VolumeUp | Button::VolumeDown);
        (!found.inputs.iter().all(volume)).then_some(found)
    }

    fn take_inputs(&mut self, field: &Field) {
        let places = if field.is_variable() { field.count } else { MOST_IN_AN_ARRAY };
        for index in 0..places.min(MOST_IN_AN_ARRAY) {
            let Some(usage) = field.usage(index) else { break };
            let Some(button) = self.button_of(usage) else { continue };
            let place = match u32::try_from(i64::from(index) + i64::from(field.logical_min)) {
                _ if field.is_variable() => Place::Variable(index),
                Ok(value) => Place::Array(value),
                Err(_) => continue,
            };
            self.inputs.push(Input { button, nature: nature(button, field), field: field.clone(), place });
        }
    }

    fn take_outputs(&mut self, field: &Field, descriptor: &Descriptor) {
        if !field.is_variable() {
            return; // lamps by index: no headset is known to have them
        }
        for index in 0..field.count.min(MOST_IN_AN_ARRAY) {
            let Some(usage) = field.usage(index) else { break };
            let Some(lamp) = lamp_of(usage) else { continue };
            let bit = field.offset + index * field.size;
            self.outputs.push(Output { lamp, report: field.report, bit });
            self.lengths.insert(field.report, descriptor.report_len(Kind::Output, field.report));
        }
    }

    fn button_of(&self, usage: Usage) -> Option<Button> {
        Some(match usage {
            0x0B_0020 => Button::Hook,
            0x0B_002F => Button::Mute,
            0x0B_0021 => Button::Flash,
            0x0B_0023 => Button::Hold,
            0x0B_0024 => Button::Redial,
            0x0B_0026 => Button::Drop,
            0x0B_002A => Button::Line,
            0x0B_0097 => Button::LineBusy,
            0x0B_0007 => {
                let before = self.inputs.iter().filter(|input| matches!(input.button, Button::Programmable(_))).count();
                Button::Programmable(u8::try_from(before).unwrap_or(u8::MAX))
            }
            0x0C_00E9 => Button::VolumeUp,
            0x0C_00EA => Button::VolumeDown,
            _ => return None,
        })
    }

    /// Every button with its nature, as they stand.
    pub fn buttons(&self) -> impl Iterator<Item = (Button, Nature)> {
        self.inputs.iter().map(|input| (input.button, input.nature))
    }

    /// Every lamp, as they stand.
    pub fn lamps(&self) -> impl Iterator<Item = Lamp> {
        self.outputs.iter().map(|output| output.lamp)
    }

    /// Whether there is such a lamp.
    pub fn has_lamp(&self, lamp: Lamp) -> bool {
        self.lamps().any(|other| other == lamp)
    }

    /// Reads an input report as hidraw gives it: with its id in front where reports have one. What is not of telephony, or cut off, is
    /// left out.
    pub fn read(&self, report: &[u8]) -> Vec<Reading> {
        let (id, bytes) = match report {
            [id, bytes @ ..] if self.numbered => (*id, bytes),
            bytes => (0, bytes),
        };
        let of_report = self.inputs.iter().enumerate().filter(|(_, input)| input.field.report == id);
        of_report
            .filter_map(|(index, input)| {
                let on = input.on(bytes)?;
                Some(Reading { input: index, button: input.button, nature: input.nature, on })
            })
            .collect()
    }

    /// The output reports that show `lit`, as hidraw takes them: the id in front, 0 where reports have none. By report id.
    pub fn write(&self, lit: impl Fn(Lamp) -> bool) -> BTreeMap<u8, Vec<u8>> {
        let empty = |(report, len): (&u8, &usize)| {
            let mut bytes = vec![0; len + 1];
            bytes[0] = *report;
            (*report, bytes)
        };
        let mut reports: BTreeMap<u8, Vec<u8>> = self.lengths.iter().map(empty).collect();
        for output in self.outputs.iter().filter(|output| lit(output.lamp)) {
            let byte = reports.get_mut(&output.report).and_then(|bytes| bytes.get_mut(1 + output.bit as usize / 8));
            if let Some(byte) = byte {
                *byte |= 1 << (output.bit % 8);
            }
        }
        reports
    }
}

/// Usages of one field that are looked at: a real one has under twenty.
const MOST_IN_AN_ARRAY: u32 = 256;

impl Input {
    fn on(&self, bytes: &[u8]) -> Option<bool> {
        match self.place {
            Place::Variable(index) => self.field.value(index, bytes).map(|value| value != 0),
            Place::Array(wanted) => {
                let mut values =
                    (0..self.field.count.min(MOST_IN_AN_ARRAY)).map(|index| self.field.value(index, bytes));
                let first = values.next()??;
                Some(first == wanted || values.flatten().any(|value| value == wanted))
            }
        }
    }
}

/// §3.4.1.2 On/Off controls: a relative one, or one with a preferred state, changes with each press. A hook is a state unless it is
/// relative: there are devices that forget to say that it has no preferred one.
fn nature(button: Button, field: &Field) -> Nature {
    let state = match button {
        Button::Hook | Button::LineBusy => true,
        Button::Mute => field.has_no_preferred_state(),
        _ => false, // §3.4.1.3 momentary and one-shot controls: the press counts
    };
    if state && field.is_variable() && !field.is_relative() { Nature::Latched } else { Nature::Pulse }
}

fn lamp_of(usage: Usage) -> Option<Lamp> {
    Some(match usage {
        0x08_0017 => Lamp::OffHook,
        0x08_0018 => Lamp::Ring,
        0x08_0009 => Lamp::Mute,
        0x08_0020 => Lamp::Hold,
        0x08_0021 => Lamp::Microphone,
        0x08_001E => Lamp::Speaker,
        0x08_002A => Lamp::OnLine,
        0x0B_009E => Lamp::Ringer,
        _ => return None,
    })
}
