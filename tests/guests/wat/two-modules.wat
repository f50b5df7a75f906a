;; Is made of two core modules.
(component (core module $a (func (export "run"))) (core module $b) (core instance (instantiate $a)) (core instance (instantiate $b)))
