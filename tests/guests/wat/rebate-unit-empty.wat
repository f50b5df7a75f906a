;; As a rebate, declares points of a unit without a name.
(data (i32.const 1364) "\00\00\00\00")
