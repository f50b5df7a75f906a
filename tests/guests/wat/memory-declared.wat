;; Declares more memory than a rule may have.
(memory $memory 17)
