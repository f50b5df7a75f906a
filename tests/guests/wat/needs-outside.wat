;; Asks for a fact whose name stands outside of its memory.
(data (i32.const 480) "\fa\ff\00\00\64\00\00\00")
