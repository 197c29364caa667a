//! Two associations joined by a wire that loses, under a virtual clock.

use super::*;

struct Wire {
    now: Instant,
    sides: [Association; 2],
    keys: [Option<SrtpConfig>; 2],
    sent: usize,
}

fn identity() -> Identity {
    Identity::make().unwrap()
}

fn named(identity: &Identity) -> Vec<Fingerprint> {
    vec![identity.fingerprint().clone()]
}

impl Wire {
    fn between(client: (&Identity, Vec<Fingerprint>), server: (&Identity, Vec<Fingerprint>)) -> Wire {
        let now = Instant::now();
        let side = |(identity, fingerprints), role| Association::new(now, identity, DtlsConfig { role, fingerprints });
        Wire { now, sides: [side(client, Role::Client), side(server, Role::Server)], keys: [None, None], sent: 0 }
    }

    /// Carries what waits; `loses` is asked for each datagram by its number.
    fn carry(&mut self, loses: &impl Fn(usize) -> bool) {
        loop {
            let mut any = false;
            for from in [0, 1] {
                while let Some(datagram) = self.sides[from].transmit() {
                    any = true;
                    self.sent += 1;
                    if !loses(self.sent) {
                        let to = 1 - from;
                        let keys = self.sides[to].datagram(self.now, &datagram);
                        assert!(keys.is_none() || self.keys[to].is_none(), "keys come once");
                        self.keys[to] = self.keys[to].take().or(keys);
                    }
                }
            }
            if !any {
                return;
            }
        }
    }

    /// Until nobody waits any more.
    fn run(&mut self, loses: impl Fn(usize) -> bool) {
        loop {
            self.carry(&loses);
            let Some(due) = self.sides.iter().filter_map(Association::deadline).min() else { return };
            self.now = due;
            for side in &mut self.sides {
                side.timeout(due);
            }
        }
    }

    fn standings(&self) -> [Standing; 2] {
        [self.sides[0].standing(), self.sides[1].standing()]
    }
}

#[test]
fn both_sides_have_the_same_keys_crosswise() {
    let (one, two) = (identity(), identity());
    let mut wire = Wire::between((&one, named(&two)), (&two, named(&one)));
    let began = wire.now;
    wire.run(|_| false);
    assert_eq!(wire.standings(), [Standing::Up(Suite::AesCm128HmacSha1_80); 2]);
    assert_eq!(wire.now, began, "nothing had to be repeated");
    let [client, server] = wire.keys.map(Option::unwrap);
    assert_eq!((&client.local, &client.remote), (&server.remote, &server.local));
    assert_ne!(client.local, client.remote);
}

#[test]
fn any_one_lost_datagram_is_repeated_by_the_clock() {
    let (one, two) = (identity(), identity());
    let whole = {
        let mut wire = Wire::between((&one, named(&two)), (&two, named(&one)));
        wire.run(|_| false);
        wire.sent
    };
    for lost in 1..=whole {
        let mut wire = Wire::between((&one, named(&two)), (&two, named(&one)));
        let began = wire.now;
        wire.run(|number| number == lost);
        assert_eq!(wire.standings(), [Standing::Up(Suite::AesCm128HmacSha1_80); 2], "datagram {lost} of {whole}");
        assert!(wire.now - began <= 2 * FLIGHT, "datagram {lost}: {:?}", wire.now - began);
    }
}

#[test]
fn a_third_of_all_lost_takes_time_but_no_more() {
    let (one, two) = (identity(), identity());
    for seed in 0..20_usize {
        let mut wire = Wire::between((&one, named(&two)), (&two, named(&one)));
        wire.run(|number| (number.wrapping_mul(2_654_435_761).wrapping_add(seed * 40_503) >> 7).is_multiple_of(3));
        assert_eq!(wire.standings(), [Standing::Up(Suite::AesCm128HmacSha1_80); 2], "seed {seed}");
    }
}

#[test]
fn another_certificate_than_was_named_ends_it_on_the_side_that_sees_it() {
    let (one, two, other) = (identity(), identity(), identity());
    for (client_expects, server_expects, at) in [(&other, &one, 0), (&two, &other, 1)] {
        let mut wire = Wire::between((&one, named(client_expects)), (&two, named(server_expects)));
        wire.run(|_| false);
        assert_eq!(wire.standings()[at], Standing::Unproven);
        assert!(wire.keys[at].is_none(), "no keys from a stranger");
        assert_ne!(wire.standings()[1 - at], Standing::Waiting);
        let again = wire.sides[at].datagram(wire.now, &[22, 254, 253, 0, 0]);
        assert!(again.is_none() && wire.sides[at].transmit().is_none_or(|bytes| bytes[0] == 21), "it stays ended");
    }
}

#[test]
fn of_several_fingerprints_the_strongest_hash_decides() {
    let certificate = b"certificate";
    let right = |hash| Fingerprint::of(certificate, hash);
    let wrong = |hash| Fingerprint::of(b"another", hash);
    assert!(is_named(certificate, &[right(Hash::Sha256)]));
    assert!(is_named(certificate, &[wrong(Hash::Sha256), right(Hash::Sha256)]), "one of a kind is enough");
    assert!(is_named(certificate, &[wrong(Hash::Sha256), right(Hash::Sha512)]));
    assert!(!is_named(certificate, &[right(Hash::Sha256), wrong(Hash::Sha384)]), "a weak one proves nothing");
    assert!(!is_named(certificate, &[]));
}

#[test]
fn a_peer_that_says_nothing_is_given_up_and_noise_is_survived() {
    let (one, two) = (identity(), identity());
    for (role, sent) in [(Role::Client, 50..=80), (Role::Server, 0..=40)] {
        let began = Instant::now();
        let mut alone = Association::new(began, &one, DtlsConfig { role, fingerprints: named(&two) });
        let mut count = 0;
        while let Some(due) = alone.deadline() {
            assert!(due >= began && due <= began + PATIENCE);
            while alone.transmit().is_some() {
                count += 1;
            }
            for noise in [&[22][..], &[20, 254, 253], &[23; 40], &[21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40]] {
                assert!(alone.datagram(due, noise).is_none());
            }
            alone.timeout(due);
        }
        assert_eq!(alone.standing(), Standing::Failed, "{role:?}");
        assert!(sent.contains(&count), "{role:?} sent {count} datagrams");
    }
}

#[test]
fn who_leaves_says_so_and_the_other_side_answers_it() {
    /// Content type `alert`, RFC 5246 §6.2.1.
    const ALERT: u8 = 21;
    let (one, two) = (identity(), identity());
    for leaves in [0, 1] {
        let mut wire = Wire::between((&one, named(&two)), (&two, named(&one)));
        wire.sides[leaves].close(wire.now);
        let begins = wire.sides[leaves].transmit();
        assert_ne!(begins.as_ref().map(|datagram| datagram[0]), Some(ALERT), "nobody knows us yet");
        let mut wire = Wire::between((&one, named(&two)), (&two, named(&one)));
        wire.run(|_| false);
        let now = wire.now;
        wire.sides[leaves].close(now);
        let goodbye = wire.sides[leaves].transmit().expect("it says so");
        assert_eq!((goodbye[0], &goodbye[3..5]), (ALERT, &[0, 1][..]), "under the keys of the association");
        assert!(wire.sides[1 - leaves].datagram(now, &goodbye).is_none());
        let answer = wire.sides[1 - leaves].transmit().expect("it is answered");
        assert_eq!(answer[0], ALERT);
        assert_eq!(
            wire.sides[1 - leaves].standing(),
            Standing::Up(Suite::AesCm128HmacSha1_80),
            "signalling ends the call"
        );
        assert!(wire.sides[leaves].datagram(now, &answer).is_none());
        assert!(wire.sides[leaves].transmit().is_none(), "there is nothing more to say");
    }
}
