;; Imports nothing but a type that it names itself.
(component (type $own (record (field "a" u32))) (import "secret" (type (eq $own))))
