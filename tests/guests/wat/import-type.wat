;; Imports nothing but a type.
(component (import "secret" (type (sub resource))))
