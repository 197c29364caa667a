//! Descriptors for tests: one real one, and synthetic ones after what is public of their makers' reports.
#![allow(dead_code, clippy::unwrap_used)] // each test uses some

/// Poly Blackwire 3220 (047F:C056), as its interface 3 gives it: test data of libusb/hidapi, under its BSD licence.
pub const BLACKWIRE_3220: &str = "050B0905A101850815002501092F75019501810609200921750195028122950581010508850909099501912295079101851709179501912295079101851809189501912295079101851E091E9501912295079101852009209501912295079101852A092A9501912295079101C0";

pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// One family of headsets in the words of its usages.
pub struct Model {
    pub name: &'static str,
    /// Report of the buttons; 0: reports have no ids.
    pub buttons: u8,
    /// Usages of the telephony page in order, with the flags of their input.
    pub inputs: &'static [(u8, u8)],
    /// Report and usages of lamps.
    pub lamps: &'static [(u8, &'static [u8])],
}

const STATE: u8 = 0x22;
const PULSE: u8 = 0x06;

/// Not dumps: built from usages that makers and open softphones publish of these families, to have every layout that is known.
pub const MODELS: &[Model] = &[
    Model {
        name: "Jabra Evolve",
        buttons: 2,
        inputs: &[(0x20, STATE), (0x97, STATE), (0x2F, PULSE), (0x21, PULSE), (0x24, PULSE), (0x07, 0x02)],
        lamps: &[(2, &[0x17, 0x09, 0x18, 0x20, 0x21])],
    },
    Model {
        name: "Jabra Engage base",
        buttons: 2,
        inputs: &[(0x20, STATE), (0x97, STATE), (0x2F, PULSE), (0x21, PULSE), (0x24, PULSE), (0x2A, PULSE)],
        lamps: &[(2, &[0x17, 0x09, 0x18, 0x20, 0x21])],
    },
    Model {
        name: "Jabra Speak",
        buttons: 2,
        inputs: &[(0x20, STATE), (0x97, STATE), (0x2F, PULSE), (0x21, PULSE)],
        lamps: &[(2, &[0x17, 0x09, 0x18, 0x20, 0x21])],
    },
    Model {
        name: "Poly Blackwire",
        buttons: 8,
        inputs: &[(0x2F, PULSE), (0x20, STATE), (0x21, STATE), (0x24, PULSE)],
        lamps: &[(9, &[0x09]), (0x17, &[0x17]), (0x18, &[0x18]), (0x20, &[0x20])],
    },
    Model {
        name: "Poly Voyager base",
        buttons: 1,
        inputs: &[(0x20, STATE), (0x2F, PULSE), (0x21, PULSE), (0x24, PULSE), (0x07, PULSE)],
        lamps: &[(1, &[0x18]), (2, &[0x1E]), (3, &[0x09]), (4, &[0x17]), (5, &[0x20])],
    },
    Model {
        name: "Poly Savi base",
        buttons: 1,
        inputs: &[(0x20, STATE), (0x2F, PULSE), (0x21, PULSE), (0x2A, PULSE)],
        lamps: &[(3, &[0x09]), (4, &[0x17, 0x18])],
    },
    Model {
        name: "EPOS Impact",
        buttons: 2,
        inputs: &[(0x20, 0x02), (0x21, PULSE), (0x24, PULSE), (0x2F, PULSE), (0x26, PULSE)],
        lamps: &[(3, &[0x17, 0x21, 0x18, 0x09, 0x2A, 0x20])],
    },
    Model {
        name: "Sennheiser SC",
        buttons: 8,
        inputs: &[(0x2F, PULSE), (0x20, STATE), (0x24, PULSE), (0x21, PULSE), (0x26, PULSE)],
        lamps: &[(8, &[0x09, 0x17, 0x18, 0x21, 0x2A, 0x20])],
    },
    Model {
        name: "Yealink WH",
        buttons: 2,
        inputs: &[(0x20, STATE), (0x97, STATE), (0x2F, PULSE), (0x21, PULSE), (0x24, PULSE), (0x50, PULSE)],
        lamps: &[(2, &[0x17, 0x09, 0x18, 0x20, 0x21])],
    },
    Model {
        name: "Logitech Zone",
        buttons: 8,
        inputs: &[(0x20, STATE), (0x2F, PULSE), (0x26, PULSE)],
        lamps: &[(9, &[0x17, 0x09, 0x18, 0x20])],
    },
    Model {
        name: "Cyber Acoustics",
        buttons: 1,
        inputs: &[(0x20, STATE), (0x2F, PULSE), (0x21, PULSE)],
        lamps: &[(2, &[0x17, 0x18, 0x21])],
    },
    Model {
        name: "VBeT",
        buttons: 8,
        inputs: &[(0x20, STATE), (0x2F, PULSE), (0x26, PULSE), (0x21, PULSE)],
        lamps: &[(8, &[0x17, 0x09, 0x18])],
    },
    Model {
        name: "latched mute",
        buttons: 1,
        inputs: &[(0x20, STATE), (0x2F, STATE), (0x23, PULSE)],
        lamps: &[(2, &[0x17, 0x09, 0x18])],
    },
    Model {
        name: "without report ids",
        buttons: 0,
        inputs: &[(0x20, STATE), (0x2F, PULSE), (0x24, PULSE)],
        lamps: &[(0, &[0x17, 0x18, 0x09])],
    },
    Model {
        name: "pulses alone",
        buttons: 1,
        inputs: &[(0x20, PULSE), (0x2F, PULSE)],
        lamps: &[(1, &[0x17, 0x09, 0x18])],
    },
];

impl Model {
    pub fn named(name: &str) -> &'static Model {
        MODELS.iter().find(|model| model.name == name).unwrap()
    }

    pub fn descriptor(&self) -> Vec<u8> {
        let mut out = vec![0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01];
        let id = |out: &mut Vec<u8>, report: u8| {
            if report != 0 {
                out.extend([0x85, report]);
            }
        };
        id(&mut out, self.buttons);
        for (usage, flags) in self.inputs {
            out.extend([0x09, *usage, 0x95, 1, 0x81, *flags]);
        }
        out.extend([0x95, 8 - self.inputs.len() as u8, 0x81, 0x01, 0x05, 0x08]);
        for (report, usages) in self.lamps {
            id(&mut out, *report);
            usages.iter().for_each(|usage| out.extend([0x09, *usage]));
            out.extend([0x95, usages.len() as u8, 0x91, 0x22, 0x95, 8 - usages.len() as u8, 0x91, 0x01]);
        }
        out.push(0xC0);
        out
    }

    /// The report in which these usages are on.
    pub fn report(&self, on: &[u8]) -> Vec<u8> {
        let bits = self.inputs.iter().enumerate().filter(|(_, (usage, _))| on.contains(usage));
        let byte = bits.fold(0, |byte, (bit, _)| byte | 1 << bit);
        if self.buttons == 0 { vec![byte] } else { vec![self.buttons, byte] }
    }

    /// Which lamps a report written to it sets, and to what.
    pub fn lamps(&self, report: &[u8]) -> Vec<(u8, bool)> {
        let (_, usages) = self.lamps.iter().find(|(id, _)| *id == report[0]).unwrap();
        assert_eq!(report.len(), 2);
        usages.iter().enumerate().map(|(bit, usage)| (*usage, report[1] >> bit & 1 == 1)).collect()
    }
}
