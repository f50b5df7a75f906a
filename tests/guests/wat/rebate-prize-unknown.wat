;; As a rebate, declares a prize that the campaign doesn't have.
(data (i32.const 1352) "\02")
