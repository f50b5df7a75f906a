;; Reads at the far end of what an address and its offset can reach.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (i32.load offset=0xfffffff0 (i32.const -16)))
