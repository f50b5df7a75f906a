;; Takes all the memory that it may have and writes into every byte, over and over.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (drop (memory.grow (i32.const 15)))
    (loop $again
        (memory.fill (i32.const 4096) (i32.const 255) (i32.const 1044480))
        (br $again))
    (unreachable))
