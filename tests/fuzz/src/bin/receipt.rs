//! Receipts: whatever is decoded is encoded again as the same bytes, since a receipt has one encoding and is named by its
//! hash; and nothing that is decoded ends the program.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tombola_domain::receipt::Receipt;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(receipt) = Receipt::decode(bytes) {
        assert_eq!(receipt.encode(), bytes, "one receipt has one encoding");
        assert_eq!(Receipt::decode(&receipt.encode()).as_ref(), Ok(&receipt));
    }
});
