;; Lets a table grow for ever.
(func $decide (param $facts i32) (param $count i32) (result i32)
    (loop $again
        (drop (table.grow $table (ref.null func) (i32.const 1000)))
        (br $again))
    (unreachable))
