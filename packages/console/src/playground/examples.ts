/** Programs that show what there is, by the names of their texts. */
export const EXAMPLES = {
  plot: `# A drawing, made with nothing but Python
from IPython.display import SVG, display
import math

points = [(20 + 4 * x, 100 - 70 * math.sin(x / 14)) for x in range(141)]
line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
display(SVG(f'''<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 200" width="600">
  <line x1="20" y1="100" x2="580" y2="100" stroke="#999"/>
  <polyline points="{line}" fill="none" stroke="#5570e0" stroke-width="3"/>
</svg>'''))
`,
  files: `# Files that code writes are yours to download
import csv, statistics

days = ["Mon", "Tue", "Wed", "Thu", "Fri"]
sales = [12, 18, 9, 24, 31]
with open("sales.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["day", "sales"])
    writer.writerows(zip(days, sales))

print("wrote sales.csv")
statistics.mean(sales)
`,
  refused: `# Nothing is granted that you did not grant: look at the receipt below
import urllib.request

try:
    urllib.request.urlopen("https://example.com", timeout=3)
except Exception as error:
    print("refused:", error)

open("/etc/passwd").read()
`,
} as const
