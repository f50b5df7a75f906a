;; Waits in the middle of an answer.
(component (core module $m (func (export "run"))) (core instance $i (instantiate $m)) (func (export "run") async (canon lift (core func $i "run") async)))
