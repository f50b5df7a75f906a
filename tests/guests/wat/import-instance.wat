;; Imports an interface of the host.
(component (import "tombola:host/secrets" (instance (export "read" (func (result string))))))
