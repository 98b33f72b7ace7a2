"""The report as one HTML page: its chapters in words and tables, and the page around them."""

from mediation.reporting.page.html import report_html as report_html
