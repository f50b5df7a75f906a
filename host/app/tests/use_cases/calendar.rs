//! Caps of days and months by the calendar of a campaign's time zone.

use crate::fixture::House;

/// What a player is told who draws at one moment after the other, each written as in UTC.
struct Case {
    zone: &'static str,
    caps: &'static str,
    moments: &'static [(&'static str, &'static str)],
}

const DAY: &str = "draws-exhausted-day";
const MONTH: &str = "draws-exhausted-month";
const TOTAL: &str = "draws-exhausted";
const DRAWN: &str = "drawn";

const CASES: &[Case] = &[
    // A day ends at midnight there, and no sooner.
    Case {
        zone: "Asia/Shanghai",
        caps: "{day: 1}",
        moments: &[
            ("2026-11-30T15:59:59.999Z", DRAWN),
            ("2026-11-30T15:59:59.999Z", DAY),
            ("2026-11-30T16:00:00Z", DRAWN),
            ("2026-12-01T15:59:59Z", DAY),
            ("2026-12-01T16:00:00Z", DRAWN),
        ],
    },
    // A month ends with its last day, a leap year's February on the 29th.
    Case {
        zone: "UTC",
        caps: "{month: 2}",
        moments: &[
            ("2028-02-28T23:59:59Z", DRAWN),
            ("2028-02-29T00:00:00Z", DRAWN),
            ("2028-02-29T23:59:59.999Z", MONTH),
            ("2028-03-01T00:00:00Z", DRAWN),
        ],
    },
    Case {
        zone: "UTC",
        caps: "{day: 2, month: 2}",
        moments: &[
            ("2026-12-31T23:59:59Z", DRAWN),
            ("2026-12-31T23:59:59Z", DRAWN),
            // The longest-lasting reason is named.
            ("2026-12-31T23:59:59Z", MONTH),
            ("2027-01-01T00:00:00Z", DRAWN),
        ],
    },
    // The clocks go forward on 29 March: that day has 23 hours.
    Case {
        zone: "Europe/Berlin",
        caps: "{day: 1}",
        moments: &[
            ("2026-03-28T22:59:59Z", DRAWN),
            ("2026-03-28T23:00:00Z", DRAWN),
            ("2026-03-29T01:00:00Z", DAY),
            ("2026-03-29T21:59:59Z", DAY),
            ("2026-03-29T22:00:00Z", DRAWN),
        ],
    },
    // They go back on 25 October: that day has 25 hours, and the hour that comes twice begins no other.
    Case {
        zone: "Europe/Berlin",
        caps: "{day: 1}",
        moments: &[
            ("2026-10-24T22:00:00Z", DRAWN),
            ("2026-10-25T00:30:00Z", DAY),
            ("2026-10-25T01:30:00Z", DAY),
            ("2026-10-25T22:59:59Z", DAY),
            ("2026-10-25T23:00:00Z", DRAWN),
        ],
    },
    // Midnight itself is left out on the day on which Santiago's clocks go forward: it begins at one.
    Case {
        zone: "America/Santiago",
        caps: "{day: 1}",
        moments: &[("2026-09-06T03:59:59Z", DRAWN), ("2026-09-06T04:00:00Z", DRAWN), ("2026-09-07T02:59:59Z", DAY)],
    },
    // The clocks go forward on the last day of March 2030, and back on that of October 2027: the month ends with that day.
    Case {
        zone: "Europe/Berlin",
        caps: "{month: 2}",
        moments: &[
            ("2027-09-30T22:00:00Z", DRAWN),
            ("2027-10-31T22:59:59Z", DRAWN),
            ("2027-10-31T22:59:59Z", MONTH),
            ("2027-10-31T23:00:00Z", DRAWN),
            ("2030-03-31T00:59:59Z", DRAWN),
            ("2030-03-31T01:00:00Z", DRAWN),
            ("2030-03-31T21:59:59Z", MONTH),
            ("2030-03-31T22:00:00Z", DRAWN),
        ],
    },
    // Beirut's clocks go forward at midnight, so that the last day of March 2030 begins at one.
    Case {
        zone: "Asia/Beirut",
        caps: "{month: 3, day: 1}",
        moments: &[
            ("2030-03-30T21:59:59Z", DRAWN),
            ("2030-03-30T22:00:00Z", DRAWN),
            ("2030-03-31T20:59:59Z", DAY),
            ("2030-03-31T21:00:00Z", DRAWN),
        ],
    },
    // Its months end three hours after those of UTC in summer, and four in winter.
    Case {
        zone: "America/Santiago",
        caps: "{month: 1}",
        moments: &[
            ("2026-04-01T02:59:59Z", DRAWN),
            ("2026-04-01T03:00:00Z", DRAWN),
            ("2026-05-01T03:59:59Z", MONTH),
            ("2026-05-01T04:00:00Z", DRAWN),
        ],
    },
    // October 2023 began there at one, since the clocks went forward at its first midnight.
    Case {
        zone: "America/Asuncion",
        caps: "{month: 1}",
        moments: &[("2023-10-01T03:59:59Z", DRAWN), ("2023-10-01T04:00:00Z", DRAWN), ("2023-10-01T04:30:00Z", MONTH)],
    },
    // November 2020 had its first midnight twice there, and began once.
    Case {
        zone: "America/Havana",
        caps: "{month: 1}",
        moments: &[("2020-11-01T03:59:59Z", DRAWN), ("2020-11-01T04:00:00Z", DRAWN), ("2020-11-01T05:00:00Z", MONTH)],
    },
    // Apia left out 30 December 2011: the next day follows on the 29th, and the month goes on.
    Case {
        zone: "Pacific/Apia",
        caps: "{month: 2, day: 1}",
        moments: &[
            ("2011-12-30T09:59:59Z", DRAWN),
            ("2011-12-30T09:59:59Z", DAY),
            ("2011-12-30T10:00:00Z", DRAWN),
            ("2011-12-31T09:59:59Z", MONTH),
            ("2011-12-31T10:00:00Z", DRAWN),
        ],
    },
    // A zone that is 45 minutes off the hour; a month that ends there while it goes on in UTC.
    Case {
        zone: "Asia/Kathmandu",
        caps: "{day: 5, month: 1}",
        moments: &[("2026-10-31T18:14:59Z", DRAWN), ("2026-10-31T18:15:00Z", DRAWN), ("2026-11-30T18:14:59Z", MONTH)],
    },
    // A clock that goes back gives nothing anew, and no calendar lifts what holds for ever.
    Case {
        zone: "UTC",
        caps: "{total: 3, day: 1}",
        moments: &[
            ("2026-11-02T00:00:00Z", DRAWN),
            ("2026-11-01T23:59:59Z", DAY),
            ("2026-11-03T12:00:00Z", DRAWN),
            ("2026-12-01T00:00:00Z", DRAWN),
            ("2027-12-01T00:00:00Z", TOTAL),
        ],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn caps_go_by_the_calendar_of_the_campaign() {
    for Case { zone, caps, moments } in CASES {
        let house = House::new().await;
        let document = format!(
            "campaign: spring\ntitle: Spring\nwindow: {{opens: 2010-01-01T00:00:00Z, timezone: {zone}}}\nchances: {caps}\n\
             prizes: [{{id: mug, title: Mug, stock: unlimited}}]\npools: {{default: {{mug: 1}}}}\n"
        );
        house.publish(&document).await;
        for (number, (moment, expected)) in moments.iter().enumerate() {
            house.set_clock(moment);
            let told = match house.ask("alice", &format!("{zone}-{number}"), &[]).await {
                Ok(_) => DRAWN.to_owned(),
                Err(error) => error.code().to_owned(),
            };
            assert_eq!(told, *expected, "{zone}, {caps}: {moment}");
        }
    }
}
