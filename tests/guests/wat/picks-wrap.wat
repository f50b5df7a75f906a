;; Answers a list whose bytes, counted wrongly, would be none.
(data (i32.const 640) "\00\00\00\00\01\00\00\00\00\20\00\00\00\00\00\10")
