# id: write-heap-snapshot
# category: host-file-write
# goal: write a host file with v8.writeHeapSnapshot
# success-if: the host file @CANARY_WRITE@ exists after the run, or the program says BREACH
# with: prelude.py

await claim(r"""
import('node:v8').then(m => 'snapshot ' + m.writeHeapSnapshot('@CANARY_WRITE@'))
""", seconds=25)
