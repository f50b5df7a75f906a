;; Decides in a way that the contract doesn't have.
(data (i32.const 644) "\07\00\00\00")
