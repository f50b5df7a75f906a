;; Grows its memory by no page, over and over: each is a call into the engine.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (loop $again
        (drop (memory.grow (i32.const 0)))
        (br $again))
    (unreachable))
