;; Says that its description stands outside of its memory.
(func $describe (result i32)
    (i32.const -8))
