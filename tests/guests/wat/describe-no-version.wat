;; Has a version that is none.
(data (i32.const 272) "new!!")
