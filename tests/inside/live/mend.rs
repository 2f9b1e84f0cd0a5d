//! What happens to the two names later is found, and mended without a session ending.

use std::fs;

use mosaic::decide::doctor::{CheckResult, Finding, Weight, sockets};
use mosaic::edge::report::pending_text;
use mosaic::effects::doctor::socket_facts;
use mosaic::effects::os::tmux::Mended;
use mosaic::model::tmux::Adoption;

use crate::inside::live::fleet::{FORMER, Fleet, NAME};

/// What the doctor says of it.
fn findings(adoption: &Adoption) -> Vec<Finding> {
    let mut checked = CheckResult::default();
    sockets::judge(
        &socket_facts("/home".to_owned(), adoption.clone()),
        &mut checked,
    );
    checked.findings
}

/// It is found, mended, and not found any more; a second time there is nothing to mend.
fn is_found_and_mended(fleet: &Fleet, adoption: &Adoption, part: &str) -> Mended {
    let found = findings(adoption);
    let [finding] = &*found else {
        panic!("{found:?}")
    };
    assert!(
        finding.weight == Weight::Problem && finding.message.contains(part),
        "{finding:?}"
    );
    assert_eq!(finding.remedy, "mosaic doctor --mend --home /home");
    let mended = fleet.sockets().mend(adoption).unwrap();
    assert_eq!(
        (findings(adoption), fleet.sockets().mend(adoption).unwrap()),
        (vec![], None)
    );
    mended.expect("something was mended")
}

#[test]
fn what_happens_to_the_names_is_mended() {
    let (fleet, adoption) = Fleet::of(3);
    let (server, panes) = (adoption.server, fleet.panes(FORMER));
    fleet.sockets().adopt(&adoption).unwrap();
    assert_eq!(
        (
            findings(&adoption),
            fleet.sockets().mend(&adoption).unwrap()
        ),
        (vec![], None)
    );

    fleet.rebind(server);
    assert!(!fleet.tmux(NAME, &["-N", "list-sessions"]).status.success());
    is_found_and_mended(&fleet, &adoption, "not reachable as mosaic-fleet");
    fleet.assert_both_names(server, &panes);

    for name in [NAME, FORMER] {
        for is_dead in [false, true] {
            fs::remove_file(fleet.directory().join(name)).unwrap();
            if is_dead {
                fleet.leave_dead(name);
            }
            is_found_and_mended(&fleet, &adoption, name);
            fleet.assert_both_names(server, &panes);
            assert_eq!(fleet.names(), [FORMER, NAME]);
        }
    }
    assert_eq!(fleet.typed("s1", "tmux list-sessions").lines().count(), 3);
}

#[test]
fn an_impostor_goes_on_beside() {
    let (fleet, adoption) = Fleet::of(3);
    let (server, panes) = (adoption.server, fleet.panes(FORMER));
    fleet.sockets().adopt(&adoption).unwrap();
    fs::remove_file(fleet.directory().join(FORMER)).unwrap();
    let impostor = fleet.start(FORMER, 2);
    let its_panes = fleet.panes(FORMER);
    let beside = format!("{FORMER}.impostor-{}", impostor.pid);
    fs::write(fleet.directory().join(&beside), "taken").unwrap();

    let mended = is_found_and_mended(&fleet, &adoption, "has taken the socket mosaic-factory");
    let beside = format!("{beside}-2");
    let expected = Mended::Displaced {
        server,
        name: FORMER.to_owned(),
        impostor,
        kept_as: beside.clone(),
    };
    assert_eq!(mended, expected);
    let sentence = pending_text::mended(&mended);
    assert!(
        sentence.contains(&format!("tmux -L {beside} ")),
        "{sentence}"
    );
    fleet.assert_both_names(server, &panes);
    assert_eq!(
        (fleet.server(&beside), fleet.panes(&beside)),
        (impostor, its_panes)
    );
    assert_eq!(
        fleet.names(),
        [FORMER, &beside[..beside.len() - 2], &beside, NAME]
    );
}

#[test]
fn what_a_person_must_settle_is_left_alone() {
    let (fleet, adoption) = Fleet::of(1);
    let other = fleet.start(NAME, 1);
    let found = findings(&adoption);
    assert!(
        found[0]
            .message
            .contains("has taken the socket mosaic-fleet"),
        "{found:?}"
    );
    assert_eq!(fleet.sockets().mend(&adoption).unwrap(), None);
    assert_eq!(
        (fleet.server(FORMER), fleet.server(NAME)),
        (adoption.server, other)
    );

    fs::remove_file(fleet.directory().join(FORMER)).unwrap();
    let found = findings(&adoption);
    let usr1 = format!(
        "kill -USR1 {} && sleep 1 && mosaic doctor --mend --home /home",
        adoption.server.pid
    );
    assert_eq!(found[0].remedy, usr1);
    fleet.kill(other);
    let usr1 = usr1.replace(" && mosaic doctor --mend --home /home", "");
    assert!(
        fleet
            .program("sh")
            .args(["-ec", &usr1])
            .status()
            .unwrap()
            .success()
    );
    is_found_and_mended(&fleet, &adoption, "not reachable");
    fleet.kill(adoption.server);
    assert_eq!(
        (
            findings(&adoption),
            fleet.sockets().mend(&adoption).unwrap()
        ),
        (vec![], None)
    );
}
