;; Answers a list that goes on beyond its memory.
(data (i32.const 640) "\00\00\00\00\01\00\00\00\f8\ff\00\00\0a\00\00\00")
