;; Declares that it can answer nothing.
(data (i32.const 336) "\00\00\00\00")
