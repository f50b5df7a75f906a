;; Answers with a case that the contract doesn't have.
(data (i32.const 640) "\09\00\00\00")
