;; As a rebate, declares no outcome at all.
(data (i32.const 392) "\00\00\00\00")
