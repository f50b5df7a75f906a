;; Answers a list that is larger than what is copied of an answer.
(memory $memory 16)
(data (i32.const 640) "\00\00\00\00\01\00\00\00\00\20\00\00\40\9c\00\00")
