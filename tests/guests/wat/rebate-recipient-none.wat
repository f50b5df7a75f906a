;; As a rebate, declares a reward for somebody whom there is not.
(data (i32.const 1344) "\07")
