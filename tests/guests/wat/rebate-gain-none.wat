;; As a rebate, declares a reward of nothing that there is.
(data (i32.const 1352) "\09")
