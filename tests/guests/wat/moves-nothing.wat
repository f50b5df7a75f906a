;; Fills, copies and initialises nothing, over and over: each is a call into the engine.
(data $none "")
(func $decide (param $facts i32) (param $count i32) (result i32)
    (loop $again
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
        (memory.copy (i32.const 0) (i32.const 0) (i32.const 0))
        (memory.init $none (i32.const 0) (i32.const 0) (i32.const 0))
        (br $again))
    (unreachable))
