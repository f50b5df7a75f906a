;; Copies from beyond its memory.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (memory.copy (i32.const 0) (i32.const 65530) (i32.const 100))
    (i32.const 640))
