;; Answers an error that stands outside of its memory.
(data (i32.const 640) "\01\00\00\00\fa\ff\00\00\64\00\00\00")
