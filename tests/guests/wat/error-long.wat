;; Answers an error of nearly a megabyte.
(memory $memory 16)
(data (i32.const 640) "\01\00\00\00\00\10\00\00\40\42\0f\00")
