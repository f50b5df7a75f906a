;; As a rebate, declares points from 9 to 2.
(data (i32.const 1368) "\09\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00")
