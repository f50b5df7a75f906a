;; Has a summary of a megabyte.
(memory $memory 16)
(data (i32.const 80) "\00\00\00\00\00\00\10\00")
