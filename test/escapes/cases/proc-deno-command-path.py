# id: proc-deno-command-path
# category: subprocess
# goal: run a program by bare name with a changed PATH and LD_PRELOAD
# success-if: a child process ran: the program says BREACH or a new process was seen
# with: prelude.py

await claim(r"""
(() => { const o = new Deno.Command('echo', {args:['child-ok'], env:{PATH:'/bin:/usr/bin', LD_PRELOAD:'/tmp/none.so'}}).outputSync(); return new TextDecoder().decode(o.stdout) })()
""")
