//! Uploads, as far as they are looked at without being compiled: whatever comes is refused with a reason or inspected, and
//! ends nothing.
//!
//! The parser descends into types as deep as they are nested and has no bound for that, which is why a server leaves parsing to
//! the compiling process. What is known is not to be found again: here it has a stack that no input of the length that is
//! tried can use up.
#![no_main]

use std::thread;

use libfuzzer_sys::{Corpus, fuzz_target};
use tombola_engine::rule::AdmitError;
use tombola_sandbox::{ClassSettings, check_form};

/// Bytes of an input, however long the fuzzer makes them.
const UPLOAD_BYTES_MAX: usize = 8 << 10;
/// Bytes of stack: 16 KiB for each byte of an input, were each of them a level. Only what is used is ever there.
const STACK_BYTES: usize = UPLOAD_BYTES_MAX * (16 << 10);

fuzz_target!(|upload: &[u8]| -> Corpus {
    if upload.len() > UPLOAD_BYTES_MAX {
        return Corpus::Reject;
    }
    thread::scope(|scope| {
        let inspect = || check_form(upload, &ClassSettings::FAST);
        let inspected = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, inspect);
        let inspected = inspected.expect("a thread can be started").join().expect("a panic ends the fuzzer first");
        match inspected {
            Ok(()) => {}
            Err(AdmitError::Unavailable(error)) => panic!("nothing is needed that could be missing: {error}"),
            Err(refused) => assert!(!refused.to_string().is_empty(), "a refusal says why"),
        }
    });
    Corpus::Keep
});
