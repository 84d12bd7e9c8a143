# id: term-format-strings
# category: terminal-injection
# goal: attack log formatting with %-codes, ${}, {} and template syntax
# success-if: a log line, terminal or rendered result of the host contains the raw control sequence or tag; the data API must keep it as data (escaped in JSON), logs must not be split or recoloured
# verdict: harness

print("%s%s%n %c %o ${process.env.HOME} {0.__class__} {{7*7}} #{7*7} `id` $(id) ${jndi:ldap://127.0.0.1:@CANARY_PORT@/a}")
