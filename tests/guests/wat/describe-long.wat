;; Has a name as long as its memory.
(data (i32.const 64) "\00\10\00\00\00\f0\00\00")
