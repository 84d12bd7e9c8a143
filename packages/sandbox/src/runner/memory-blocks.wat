(module
  (import "" "python" (memory $python 1))
  (import "" "own" (memory $own 1))
  ;; Writes the numbers of the blocks of 64 bytes that differ, and gives how many there are.
  (func (export "differ") (param $at i32) (param $from i32) (param $blocks i32) (param $out i32) (result i32)
    (local $block i32) (local $next i32)
    (local.set $next (local.get $out))
    (if (i32.eqz (local.get $blocks)) (then (return (i32.const 0))))
    (loop $again
      (if (v128.any_true
            (v128.or
              (v128.or
                (v128.xor (v128.load $python offset=0 (local.get $at)) (v128.load $own offset=0 (local.get $from)))
                (v128.xor (v128.load $python offset=16 (local.get $at)) (v128.load $own offset=16 (local.get $from))))
              (v128.or
                (v128.xor (v128.load $python offset=32 (local.get $at)) (v128.load $own offset=32 (local.get $from)))
                (v128.xor (v128.load $python offset=48 (local.get $at)) (v128.load $own offset=48 (local.get $from))))))
        (then
          (i32.store $own (local.get $next) (local.get $block))
          (local.set $next (i32.add (local.get $next) (i32.const 4)))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (local.set $from (i32.add (local.get $from) (i32.const 64)))
      (br_if $again (i32.lt_u (local.tee $block (i32.add (local.get $block) (i32.const 1))) (local.get $blocks))))
    (i32.shr_u (i32.sub (local.get $next) (local.get $out)) (i32.const 2)))
  ;; The same with zeros in place of the other memory.
  (func (export "used") (param $at i32) (param $blocks i32) (param $out i32) (result i32)
    (local $block i32) (local $next i32)
    (local.set $next (local.get $out))
    (if (i32.eqz (local.get $blocks)) (then (return (i32.const 0))))
    (loop $again
      (if (v128.any_true
            (v128.or
              (v128.or (v128.load $python offset=0 (local.get $at)) (v128.load $python offset=16 (local.get $at)))
              (v128.or (v128.load $python offset=32 (local.get $at)) (v128.load $python offset=48 (local.get $at)))))
        (then
          (i32.store $own (local.get $next) (local.get $block))
          (local.set $next (i32.add (local.get $next) (i32.const 4)))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $again (i32.lt_u (local.tee $block (i32.add (local.get $block) (i32.const 1))) (local.get $blocks))))
    (i32.shr_u (i32.sub (local.get $next) (local.get $out)) (i32.const 2))))
