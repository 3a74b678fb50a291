"""What reps and sales leads type on a phone, and what a person would take it to mean.

Today is Monday 23 November 2026; Anna de Vries asks. The names are those of the demo company.
"""

from __future__ import annotations

from datetime import date

from kpi_engine.domain.query import Member
from kpi_engine.language.parser import Asker

TODAY = date(2026, 11, 23)


def _cast(*labels: str) -> tuple[Member, ...]:
    return tuple(Member(key, label) for key, label in enumerate(labels, start=1))


MEMBERS = {
    "rep": _cast(
        "Anna de Vries", "Bart Goossens", "Bríd O'Neill", "Charlotte Lambert", "François Lemaître", "Inès Mertens",
        "Jan Peeters", "Jan Willems", "Karim El Amrani", "Lotte Wouters", "Mehmet Yılmaz", "Nele Van Damme",
        "Ruben Van den Broeck", "Sofie Maes", "Thomas Jacobs", "Wim Michiels", "Zoë D'Hondt", "Élise Dubois",
    ),
    "team": _cast("Demer", "Leie", "Maas", "Schelde", "Zenne"),
    "region": _cast("Brussel", "Noord", "Oost", "Zuid"),
    "source": _cast(
        "Cold calls", "Fairs", "Google Ads", "LinkedIn", "Partners", "Podcast", "Referral", "Website"
    ),
    "technique": _cast("Demo", "Free trial", "Phone", "Site visit", "Workshop"),
    "segment": _cast("Care", "Hospitality", "Industry", "Public", "Retail"),
    "product": _cast(
        "Café Crème", "Descaler", "Décaf Doux", "Espresso Bio", "Filter & Clean set", "Grinder One", "Grinder Pro",
        "Milk Station", "Model M", "Model S", "Model X", "Model XL", "Plan Basic", "Plan Gold", "Plan Plus",
    ),
    "customer": _cast("Académie Aalst", "Académie Aalst 2", "Bistro Gent", "Hotel Leuven", "Crèche Mons"),
}  # fmt: skip
ASKER = Asker(MEMBERS["rep"][0], {"U0DEMOANNA": MEMBERS["rep"][0], "U0DEMO0003": MEMBERS["rep"][16]})
VERBS = ("why", "define", "summary", "nps send", "list", "status", "help")

ANNA = 'rep:"Anna de Vries"'
ZOE = 'rep:"Zoë D\'Hondt"'

READ: list[tuple[str, str]] = [
    # fiscal years and quarters; here those of the calendar
    ("sales last fiscal year", "sales fy2025"), ("omzet vorig boekjaar per fiscaal kwartaal", "sales per fiscal quarter fy2025"), ("sales fy26 q2 by rep", "sales by rep fy2026-Q2"), ("leads q3 of fy2025", "leads fy2025-Q3"),
    ("fytd sales", "sales fy2026"), ("sales this fiscal quarter vs last fiscal quarter", "sales fy2026-Q4 vs fy2026-Q3"), ("sales per fy last 3 fiscal years", "sales per fiscal year fy2023..fy2025"), ("omzet boekjaar 2025", "sales fy2025"),
    # the grammar's own examples
    ("conversion rep:anna", f"conversion {ANNA}"),
    ("leads by region last month vs target", "leads by region 2026-10 vs target"),
    ("cost_per_lead -source:referral last 6 months per month chart", "cost_per_lead -source:Referral per month 2026-05..2026-10 chart"),
    ("profit by segment bottom 5", "profit by segment bottom 5"),
    ("churn region:noord vs last year", "churn region:Noord vs last year"),
    ('pairs product:"Model X"', 'pairs product:"Model X"'),
    ("nps last quarter", "nps 2026-Q3"),
    ("omzet per regio deze maand t.o.v. vorig jaar", "sales by region 2026-11 vs last year"),
    ("sales,conversion by rep", "sales,conversion by rep"),
    # a metric by any of its names, in any case
    ("sales", "sales"), ("Sales", "sales"), ("SALES", "sales"), ("Revenue", "sales"), ("Omzet", "sales"), ("verkoop", "sales"),
    ("turnover", "sales"), ("conversie", "conversion"), ("CONVERSION RATE", "conversion"), ("conv", "conversion"),
    ("klantverlies", "churn"), ("churn rate", "churn"), ("klantverloop", "churn"), ("kost per lead", "cost_per_lead"),
    ("Cost Per Lead", "cost_per_lead"), ("cost-per-lead", "cost_per_lead"), ("CPL", "cost_per_lead"), ("cac", "cac"),
    ("acquisitiekost", "cac"), ("nieuwe klanten", "new_customers"), ("new customers", "new_customers"),
    ("klantrentabiliteit", "profit"), ("winst", "profit"), ("marge", "profit_margin"), ("NPS", "nps"), ("win rate", "win_rate"),
    ("winrate", "win_rate"), ("Win-Rate", "win_rate"), ("slaagkans", "win_rate"), ("deals", "opportunities"), ("kansen", "opportunities"),
    ("gewonnen deals", "won"), ("aov", "average_order_value"), ("gemiddelde orderwaarde", "average_order_value"),
    ("doorlooptijd", "sales_cycle"), ("combinaties", "pairs"), ("bestellingen", "orders"), ("upselling", "upsell_rate"),
    # several, joined as people join them
    ("sales,leads", "sales,leads"), ("sales, leads, conversion", "sales,leads,conversion"), ("sales and leads", "sales,leads"),
    ("omzet en leads", "sales,leads"), ("sales &amp; leads", "sales,leads"), ("sales & leads", "sales,leads"), ("sales + leads", "sales,leads"),
    ("omzet,conversie vorige maand", "sales,conversion 2026-10"), ("sales leads", "sales,leads"), ("omzet, omzet", "sales"),
    # any order
    ("last month sales", "sales 2026-10"), ("by rep sales", "sales by rep"), ("vs target sales ytd", "sales 2026 vs target"),
    ("rep:anna last month conversion", f"conversion {ANNA} 2026-10"), ("chart sales per month", "sales per month chart"),
    ("top 5 sales by product", "sales by product top 5"),
    # polite and chatty
    ("show me sales", "sales"), ("Show me the sales of last month please", "sales 2026-10"), ("give me leads by source", "leads by source"),
    ("toon mij de omzet", "sales"), ("geef de omzet van vorige maand aub", "sales 2026-10"), ("how many leads last week?", "leads 2026-W47"),
    ("hoeveel leads vorige week?", "leads 2026-W47"), ("what is our conversion?", "conversion"), ("wat is de conversie", "conversion"),
    ("what were sales yesterday", "sales 2026-11-22"), ("sales pls", "sales"), ("sales last month!!!", "sales 2026-10"), ("sales...", "sales"), ("sales…", "sales"),
    # several names of one thing are either of them, joined as people join them
    ("sales rep:anna rep:bart", 'sales rep:"Anna de Vries","Bart Goossens"'), ("sales anna rep:bart", 'sales rep:"Anna de Vries","Bart Goossens"'),
    ("sales noord region:zuid", "sales region:Noord,Zuid"), ("sales anna, bart & karim", 'sales rep:"Anna de Vries","Bart Goossens","Karim El Amrani"'),
    ("sales rep:anna or rep:bart", 'sales rep:"Anna de Vries","Bart Goossens"'), ("sales -region:noord -region:zuid", "sales -region:Noord,Zuid"), ("sales or leads", "sales,leads"),
    # rankings as people say them, and little words
    ("top 5 customers by sales", "sales by customer top 5"), ("top 3 reps by conversion", "conversion by rep top 3"), ("worst 3 regions by churn", "churn by region bottom 3"),
    ("bottom 5 products by profit", "profit by product bottom 5"), ("top 5 verkopers op omzet", "sales by rep top 5"), ("top 5 customers sales", "sales by customer top 5"), ("top 5 verkopers omzet", "sales by rep top 5"),
    ("sales on 12 october", "sales 2026-10-12"), ("omzet op 12 oktober", "sales 2026-10-12"), ("sales with anna", f"sales {ANNA}"), ("gewoon omzet", "sales"), ("pairs top 5", "pairs top 5"),
    ("upsell omzet", "upsell_revenue"), ("cross sell omzet", "cross_sell_revenue"), ("won deals anna", f"won {ANNA}"), ("new clients last month", "new_customers 2026-10"),
    ("verloren klanten", "churn"), ("omzet vs budget", "sales vs target"), ("sales vs plan", "sales vs target"), ("omzet per medewerker", "sales by rep"), ("sales by client", "sales by customer"),
    # periods, relative
    ("sales today", "sales 2026-11-23"), ("omzet vandaag", "sales 2026-11-23"), ("sales yesterday", "sales 2026-11-22"), ("omzet gisteren", "sales 2026-11-22"),
    ("sales this week", "sales 2026-W48"), ("omzet deze week", "sales 2026-W48"), ("sales wtd", "sales 2026-W48"), ("sales last week", "sales 2026-W47"),
    ("sales this month", "sales 2026-11"), ("sales MTD", "sales 2026-11"), ("omzet lopende maand", "sales 2026-11"), ("omzet deze maand", "sales 2026-11"),
    ("sales this quarter", "sales 2026-Q4"), ("sales qtd", "sales 2026-Q4"), ("omzet dit kwartaal", "sales 2026-Q4"), ("sales last quarter", "sales 2026-Q3"),
    ("sales this year", "sales 2026"), ("sales YTD", "sales 2026"), ("omzet dit jaar", "sales 2026"), ("sales last year", "sales 2025"), ("omzet vorig jaar", "sales 2025"),
    ("sales last 7 days", "sales 2026-11-16..2026-11-22"), ("omzet laatste 7 dagen", "sales 2026-11-16..2026-11-22"), ("sales past 7 days", "sales 2026-11-16..2026-11-22"),
    ("sales last 4 weeks", "sales 2026-W44..2026-W47"), ("sales last 3 months", "sales 2026-08..2026-10"), ("sales last three months", "sales 2026-08..2026-10"),
    ("omzet laatste 3 maanden", "sales 2026-08..2026-10"), ("omzet de laatste drie maanden", "sales 2026-08..2026-10"), ("omzet voorbije 3 maanden", "sales 2026-08..2026-10"),
    ("omzet afgelopen maand", "sales 2026-10"), ("omzet voorbije maand", "sales 2026-10"), ("sales in the last 2 quarters", "sales 2026-Q2..2026-Q3"),
    ("sales last twelve months", "sales 2025-11..2026-10"), ("omzet laatste 2 jaar", "sales 2024..2025"), ("sales last 2 yrs", "sales 2024..2025"), ("sales last 6 mths", "sales 2026-05..2026-10"),
    ("sales all time", "sales all time"), ("omzet alles", "sales all time"), ("omzet ooit", "sales all time"), ("sales ever", "sales all time"),
    # periods, absolute
    ("sales 2026", "sales 2026"), ("sales 2026-09", "sales 2026-09"), ("sales 2026-9", "sales 2026-09"), ("sales 2026-Q3", "sales 2026-Q3"), ("sales 2026q3", "sales 2026-Q3"),
    ("sales 2026-W47", "sales 2026-W47"), ("sales 2026-11-09", "sales 2026-11-09"), ("sales september", "sales 2026-09"), ("sales in Sept.", "sales 2026-09"),
    ("sales SEPTEMBER 2025", "sales 2025-09"), ("omzet maart", "sales 2026-03"), ("omzet mrt 2025", "sales 2025-03"), ("sales december", "sales 2025-12"),
    ("sales november", "sales 2026-11"), ("sales last november", "sales 2025-11"), ("sales q3", "sales 2026-Q3"), ("sales Q3 2025", "sales 2025-Q3"), ("sales w47", "sales 2026-W47"),
    ("sales week 47", "sales 2026-W47"), ("sales wk 47", "sales 2026-W47"), ("sales week47", "sales 2026-W47"), ("sales week 50", "sales 2025-W50"),
    # ranges of every unit
    ("sales 2026-01..2026-03", "sales 2026-01..2026-03"), ("sales 2026-01 .. 2026-03", "sales 2026-01..2026-03"), ("sales jan..mar", "sales 2026-01..2026-03"),
    ("sales Jan .. Mar", "sales 2026-01..2026-03"), ("sales january..march 2026", "sales 2026-01..2026-03"), ("sales january..march 2025", "sales 2025-01..2025-03"),
    ("sales nov..jan", "sales 2025-11..2026-01"), ("sales nov 2024..jan", "sales 2024-11..2025-01"), ("sales oct..feb 2025", "sales 2024-10..2025-02"),
    ("sales jan 2025..mar 2026", "sales 2025-01..2026-03"), ("sales jan to mar", "sales 2026-01..2026-03"), ("sales from jan to mar", "sales 2026-01..2026-03"),
    ("sales between january and march", "sales 2026-01..2026-03"), ("omzet tussen januari en maart", "sales 2026-01..2026-03"), ("omzet januari tot maart", "sales 2026-01..2026-03"),
    ("omzet van januari tot en met maart", "sales 2026-01..2026-03"), ("omzet jan t/m mrt", "sales 2026-01..2026-03"), ("omzet jan t.e.m. maart", "sales 2026-01..2026-03"),
    ("omzet vanaf januari tot maart", "sales 2026-01..2026-03"), ("sales q1..q3", "sales 2026-Q1..2026-Q3"), ("sales q3 2025..q1", "sales 2025-Q3..2026-Q1"),
    ("sales 2025-Q4..2026-Q1", "sales 2025-Q4..2026-Q1"), ("sales w40..w44", "sales 2026-W40..2026-W44"), ("sales week 40..44", "sales 2026-W40..2026-W44"),
    ("sales 2026-W02..2026-W05", "sales 2026-W02..2026-W05"), ("sales 2024..2025", "sales 2024..2025"), ("sales 2026-01-05..2026-01-09", "sales 2026-01-05..2026-01-09"),
    ("sales 2025..2026-03", "sales 2025-01..2026-03"), ("sales 2026-01..", "sales 2026-01..2026-11"), ("sales jan.. by rep", "sales by rep 2026-01..2026-11"),
    ("sales ..2026-03", "sales until 2026-03"), ("sales since 2026-06", "sales 2026-06..2026-11"), ("omzet sinds januari", "sales 2026-01..2026-11"),
    ("omzet vanaf 2026", "sales 2026"), ("sales since last month", "sales 2026-10..2026-11"), ("sales until 2026-06", "sales until 2026-06"), ("omzet tot en met juni", "sales until 2026-06"),
    # filters
    ("sales rep:anna", f"sales {ANNA}"), ("sales rep: anna", f"sales {ANNA}"), ("sales rep : anna", f"sales {ANNA}"), ("sales rep：anna", f"sales {ANNA}"), ("SALES REP:ANNA", f"sales {ANNA}"),
    ("sales rep:anna de vries", f"sales {ANNA}"), ("sales rep:anna de vries last month", f"sales {ANNA} 2026-10"), ("sales rep:@anna", f"sales {ANNA}"), ("sales rep:me", f"sales {ANNA}"),
    ("omzet verkoper:mij", f"sales {ANNA}"), ("sales rep:vries", f"sales {ANNA}"), ("sales rep:<@U0DEMO0003>", f"sales {ZOE}"), ("sales rep:<@U0DEMO0003|zoe>", f"sales {ZOE}"),
    ("sales rep: <@U0DEMO0003|zoe.dhondt>", f"sales {ZOE}"), ("sales rep:&lt;@U0DEMO0003|zoe&gt;", f"sales {ZOE}"), ("sales rep:<@U0DEMO0003|zoe>,me", f'sales {ZOE},"Anna de Vries"'),
    ("sales rep:zoe", f"sales {ZOE}"), ("sales rep:dhondt", f"sales {ZOE}"), ("sales rep:D’Hondt", f"sales {ZOE}"), ("sales rep:“Zoë D’Hondt”", f"sales {ZOE}"),
    ("sales rep:francois", 'sales rep:"François Lemaître"'), ("sales rep:elise", 'sales rep:"Élise Dubois"'), ("sales rep:yilmaz", 'sales rep:"Mehmet Yılmaz"'), ("sales rep:oneill", 'sales rep:"Bríd O\'Neill"'),
    ("sales rep:van damme", 'sales rep:"Nele Van Damme"'), ("sales rep:jan peeters", 'sales rep:"Jan Peeters"'), ("sales rep:jan p", 'sales rep:"Jan Peeters"'), ("sales rep:janp", 'sales rep:"Jan Peeters"'),
    ("sales rep:anna,bart", f'sales {ANNA},"Bart Goossens"'), ("sales rep:anna , bart", f'sales {ANNA},"Bart Goossens"'), ("sales region:noord,zuid", "sales region:Noord,Zuid"), ("omzet regio:NOORD", "sales region:Noord"),
    ("sales region:bru", "sales region:Brussel"), ("sales -region:noord", "sales -region:Noord"), ("sales –region:noord", "sales -region:Noord"), ("omzet -bron:referral", "sales -source:Referral"),
    ("sales -region:noord,zuid", "sales -region:Noord,Zuid"), ("sales source:google", 'sales source:"Google Ads"'), ("sales source:googleads", 'sales source:"Google Ads"'), ("omzet bron:geen", "sales source:none"),
    ("sales source:none", "sales source:none"), ("sales -source:none", "sales -source:none"), ("sales product:modelx", 'sales product:"Model X"'), ("sales product:model x", 'sales product:"Model X"'),
    ("sales product:model xl by rep", 'sales product:"Model XL" by rep'), ("sales product:“Model X”", 'sales product:"Model X"'), ("sales product:cafe", 'sales product:"Café Crème"'), ('sales product:"filter &amp; clean set"', 'sales product:"Filter & Clean set"'),
    ("omzet techniek:demo", "sales technique:Demo"), ("sales technique:free trial", 'sales technique:"Free trial"'), ("sales team:maas", "sales team:Maas"), ("sales customer:académie aalst 2", 'sales customer:"Académie Aalst 2"'),
    ("sales customer:academie aalst", 'sales customer:"Académie Aalst"'), ("sales region:noord source:web", "sales region:Noord source:Website"),
    # against
    ("sales vs previous", "sales vs previous"), ("sales vs last year", "sales vs last year"), ("sales vs ly", "sales vs last year"), ("sales VS TARGET", "sales vs target"), ("sales vs. target", "sales vs target"),
    ("sales vs none", "sales vs none"), ("sales vs 2026-01", "sales vs 2026-01"), ("sales 2026-10 vs 2025-10", "sales 2026-10 vs 2025-10"), ("sales oktober vs september", "sales 2026-10 vs 2026-09"),
    ("sales this month vs last month", "sales 2026-11 vs 2026-10"), ("sales compared to last year", "sales vs last year"), ("sales compared with the target", "sales vs target"), ("sales versus vorig jaar", "sales vs last year"),
    ("omzet tov vorig jaar", "sales vs last year"), ("omzet T.O.V. vorig jaar", "sales vs last year"), ("omzet t.o.v. doel", "sales vs target"), ("omzet vergeleken met vorig jaar", "sales vs last year"),
    ("omzet in vergelijking met vorige maand", "sales vs 2026-10"), ("omzet tegenover de vorige periode", "sales vs previous"), ("sales vs previous year", "sales vs last year"), ("sales vs jan..mar", "sales vs 2026-01..2026-03"),
    ("sales vs last 3 months", "sales vs 2026-08..2026-10"), ("sales vs target vs last year", "sales vs target vs last year"),
    # split
    ("sales by rep", "sales by rep"), ("omzet per verkoper", "sales by rep"), ("sales by rep,region", "sales by rep,region"), ("sales by rep and region", "sales by rep,region"), ("omzet per regio en bron", "sales by region,source"),
    ("sales by rep &amp; region", "sales by rep,region"), ("leads per bron", "leads by source"), ("kost per lead per bron", "cost_per_lead by source"), ("omzet per klant top 10", "sales by customer top 10"), ("sales by sales rep", "sales by rep"),
    ("sales by product category", "sales by category"), ("sales per month", "sales per month"), ("sales by month", "sales per month"), ("omzet per maand", "sales per month"), ("sales monthly", "sales per month"),
    ("omzet wekelijks", "sales per week"), ("sales per day last week", "sales per day 2026-W47"), ("omzet per kwartaal 2025", "sales per quarter 2025"), ("sales by week this quarter", "sales per week 2026-Q4"), ("sales by rep per month ytd", "sales by rep per month 2026"),
    ("sales by rep top 3", "sales by rep top 3"), ("sales by rep top3", "sales by rep top 3"), ("omzet per verkoper beste 3", "sales by rep top 3"), ("sales by rep bottom 3", "sales by rep bottom 3"), ("sales by rep worst 3", "sales by rep bottom 3"), ("sales by rep top", "sales by rep top 10"),
    ("sales top five by rep", "sales by rep top 5"), ("sales year to date", "sales 2026"), ("sales month to date vs target", "sales 2026-11 vs target"),
    # flags, typography, pasting
    ("sales by rep chart", "sales by rep chart"), ("omzet per verkoper grafiek", "sales by rep chart"), ("sales by rep tabel", "sales by rep table"), ("sales csv", "sales csv"), ("sales excel", "sales xlsx"), ("sales SQL", "sales sql"), ("omzet deel", "sales share"),
    ("/kpi sales", "sales"), ("/kpi   omzet   vorige  week", "sales 2026-W47"), ("sales\tlast\nmonth", "sales 2026-10"), ("sales\xa0last\u2003month", "sales 2026-10"), ("  sales  ", "sales"), ("sales;", "sales"),
    # names without their key, where they can be nothing else; several of one dimension are either of them
    ("sales anna", f"sales {ANNA}"), ("sales anna de vries", f"sales {ANNA}"), ("anna sales", f"sales {ANNA}"), ("Conversie Anna vorige maand?", f"conversion {ANNA} 2026-10"), ("sales anna last month", f"sales {ANNA} 2026-10"),
    ("anna's sales", f"sales {ANNA}"), ("Omzet van Anna", f"sales {ANNA}"), ("sales for anna", f"sales {ANNA}"), ("sales of bart in october", 'sales rep:"Bart Goossens" 2026-10'), ("sales @anna", f"sales {ANNA}"), ("sales <@U0DEMO0003|zoe>", f"sales {ZOE}"),
    ("sales last year anna", f"sales {ANNA} 2025"), ("conversion rate anna vs last yr", f"conversion {ANNA} vs last year"), ("sales per product Anna", f"sales {ANNA} by product"), ("omzet karim el amrani", 'sales rep:"Karim El Amrani"'), ("omzet el amrani", 'sales rep:"Karim El Amrani"'),
    ("omzet van den broeck", 'sales rep:"Ruben Van den Broeck"'), ("omzet ruben van den broeck vorige maand", 'sales rep:"Ruben Van den Broeck" 2026-10'), ("sales zoe", f"sales {ZOE}"), ("Sales Anna Bart", f'sales {ANNA},"Bart Goossens"'), ("sales anna and bart", f'sales {ANNA},"Bart Goossens"'),
    ("sales rep:anna bart", f'sales {ANNA},"Bart Goossens"'), ("sales noord", "sales region:Noord"), ("omzet Brussel", "sales region:Brussel"), ("omzet brussel vorige maand", "sales region:Brussel 2026-10"), ("omzet brussel en noord", "sales region:Brussel,Noord"), ("omzet noord,zuid", "sales region:Noord,Zuid"),
    ("sales model xl", 'sales product:"Model XL"'), ("sales model xl last week", 'sales product:"Model XL" 2026-W47'), ("sales google ads", 'sales source:"Google Ads"'), ("leads linkedin q3", "leads source:LinkedIn 2026-Q3"), ("leads google last qtr", 'leads source:"Google Ads" 2026-Q3'), ("sales hotel leuven", 'sales customer:"Hotel Leuven"'),
    ("sales maas", "sales team:Maas"), ("sales team maas", "sales team:Maas"), ("sales rep anna", f"sales {ANNA}"), ("omzet rep Anna", f"sales {ANNA}"), ("sales region noord", "sales region:Noord"), ("omzet regio zuid", "sales region:Zuid"),
    # on a phone
    ("hoeveel omzet deze maand", "sales 2026-11"), ("omzet nov", "sales 2026-11"), ("omzet jan", "sales 2026-01"), ("how many leads did we get last week", "leads 2026-W47"), ("what's our nps", "nps"), ("What’s our NPS?", "nps"), ("whats our nps", "nps"), ("hoeveel leads hebben we", "leads"),
    ("hoe veel leads deze week", "leads 2026-W48"), ("omzet per verkoper top5", "sales by rep top 5"), ("sales q3 vs q2", "sales 2026-Q3 vs 2026-Q2"), ("sales 2025 vs 2024", "sales 2025 vs 2024"), ("aantal leads", "leads"), ("number of leads", "leads"), ("# leads", "leads"), ("total sales", "sales"), ("totale omzet", "sales"),
    ("can i see sales", "sales"), ("kan ik de omzet zien", "sales"), ("ik wil de omzet zien", "sales"), ("I need leads by source", "leads by source"), ("get sales", "sales"), ("send me sales", "sales"), ("hi, sales please", "sales"), ("laat omzet zien", "sales"), ("omzet deze mnd", "sales 2026-11"), ("conv. rate", "conversion"), ("hit rate", "win_rate"),
    # days, weeks, halves and years as people say them
    ("sales week 40-44", "sales 2026-W40..2026-W44"), ("sales w40-44", "sales 2026-W40..2026-W44"), ("omzet week 40 - 44", "sales 2026-W40..2026-W44"), ("omzet weken 40 tot 44", "sales 2026-W40..2026-W44"), ("sales jan-mar", "sales 2026-01..2026-03"), ("sales jan - mar", "sales 2026-01..2026-03"), ("sales Q1-Q3", "sales 2026-Q1..2026-Q3"),
    ("sales 2026-01 - 2026-03", "sales 2026-01..2026-03"), ("sales 5 september", "sales 2026-09-05"), ("omzet 5 sept. 2025", "sales 2025-09-05"), ("sales 5th of september", "sales 2026-09-05"), ("sales 24 december", "sales 2025-12-24"), ("sales 1 sep - 15 sep", "sales 2026-09-01..2026-09-15"), ("sales 1-15 sep", "sales 2026-09-01..2026-09-15"), ("omzet 1 tot 15 september", "sales 2026-09-01..2026-09-15"),
    ("leads since monday", "leads 2026-11-23"), ("leads sinds woensdag", "leads 2026-11-18..2026-11-23"), ("sales friday", "sales 2026-11-20"), ("sales last monday", "sales 2026-11-16"), ("leads since 1 september", "leads 2026-09-01..2026-11-23"), ("sales january to now", "sales 2026-01..2026-11"), ("omzet van januari tot nu", "sales 2026-01..2026-11"), ("sales prev month", "sales 2026-10"),
    ("sales h1", "sales 2026-Q1..2026-Q2"), ("sales h2 2025", "sales 2025-Q3..2025-Q4"), ("sales during october", "sales 2026-10"), ("sales in the month of october", "sales 2026-10"), ("omzet maand oktober", "sales 2026-10"),
    ("sales yoy", "sales vs last year"), ("sales y/y by region", "sales by region vs last year"), ("sales year over year", "sales vs last year"), ("sales vs last yr", "sales vs last year"), ("sales vs same month last year", "sales vs last year"), ("omzet vs zelfde maand vorig jaar", "sales vs last year"), ("omzet vgl vorig jaar", "sales vs last year"),
    # sizes
    ("sales by customer sales:>1000", "sales sales:>1000 by customer"), ("sales by customer sales:>300,000", "sales sales:>300000 by customer"), ("profit by customer profit:<0", "profit profit:<0 by customer"), ("profit:<0 by customer", "profit profit:<0 by customer"), ("conversion by rep conversion:>=20%", "conversion conversion:>=20% by rep"),
    ("conversie per verkoper conversie:>=0,2", "conversion conversion:>=20% by rep"), ("sales by rep sales:10k..50k", "sales sales:10000..50000 by rep"), ("sales by rep omzet > €10k", "sales sales:>10000 by rep"), ("omzet per klant omzet:> 10.000", "sales sales:>10000 by customer"), ("omzet per klant omzet &lt; 0", "sales sales:<0 by customer"),
    ("nieuwe klanten:>5 per verkoper", "new_customers new_customers:>5 by rep"), ("kost per lead < 50 per bron", "cost_per_lead cost_per_lead:<50 by source"), ("sales profit:&gt;1000 by customer", "sales profit:>1000 by customer"), ("sales by rep conversion:>20% top 5", "sales conversion:>20% by rep top 5"), ("sales by rep sales:=5", "sales sales:5..5 by rep"),
    ("sales by rep sales:..50k", "sales sales:<=50000 by rep"), ("sales by rep sales:>1.234,5", "sales sales:>1234.5 by rep"), ("sales by rep sales:>1,2345", "sales sales:>1.2345 by rep"), ("profit by segment profit:-500..1k", "profit profit:-500..1000 by segment"), ("nps by rep nps:>=30", "nps nps:>=30 by rep"),
    # against the team: of the rep who is named, else of the asker
    ("conversion rep:bart vs team", 'conversion rep:"Bart Goossens" vs team'), ("sales vs team", f"sales {ANNA} vs team"), ("omzet t.o.v. mijn team vorige maand", f"sales {ANNA} 2026-10 vs team"), ("sales anna vs my team vs last year", f"sales {ANNA} vs team vs last year"), ("conversie anna vs het team", f"conversion {ANNA} vs team"),
    # years in two digits, before or after their part, and as last year
    ("sales jan '25", "sales 2025-01"), ("omzet okt '25", "sales 2025-10"), ("omzet okt ’25", "sales 2025-10"), ("sales Jan-25", "sales 2025-01"),
    ("omzet q3/2025", "sales 2025-Q3"), ("omzet Q3'25", "sales 2025-Q3"), ("sales mar '25..may '25", "sales 2025-03..2025-05"), ("sales jan-25 to mar-25", "sales 2025-01..2025-03"),
    ("sales week 40 '25", "sales 2025-W40"), ("omzet 2025 q3", "sales 2025-Q3"), ("sales 2025 oktober", "sales 2025-10"), ("sales 2025 week 40", "sales 2025-W40"),
    ("sales 2025/q3", "sales 2025-Q3"), ("sales 2025 Q3 vs 2026 Q3", "sales 2025-Q3 vs 2026-Q3"), ("sales october last year", "sales 2025-10"), ("omzet oktober vorig jaar", "sales 2025-10"),
    ("sales oct to dec last year", "sales 2025-10..2025-12"), ("sales vs september last year", "sales vs 2025-09"), ("sales october of 2025", "sales 2025-10"),
    # quarters and halves in words
    ("sales first quarter 2025", "sales 2025-Q1"), ("omzet 1e kwartaal", "sales 2026-Q1"), ("omzet 3e kwartaal", "sales 2026-Q3"), ("omzet eerste kwartaal", "sales 2026-Q1"),
    ("omzet kwartaal 3", "sales 2026-Q3"), ("sales quarter 3", "sales 2026-Q3"), ("sales third quarter", "sales 2026-Q3"), ("sales 3rd quarter of last year", "sales 2025-Q3"),
    ("sales first half", "sales 2026-Q1..2026-Q2"), ("sales first half of 2026", "sales 2026-Q1..2026-Q2"), ("sales first half year", "sales 2026-Q1..2026-Q2"), ("sales first half of the year", "sales 2026-Q1..2026-Q2"),
    ("omzet eerste helft 2026", "sales 2026-Q1..2026-Q2"), ("omzet eerste helft van vorig jaar", "sales 2025-Q1..2025-Q2"), ("omzet eerste halfjaar", "sales 2026-Q1..2026-Q2"), ("omzet tweede helft", "sales 2026-Q3..2026-Q4"),
    ("omzet 2e semester", "sales 2026-Q3..2026-Q4"), ("sales 2026-H1", "sales 2026-Q1..2026-Q2"), ("sales 2025 h2", "sales 2025-Q3..2025-Q4"), ("omzet week nr 46", "sales 2026-W46"),
    # so many units ago, since and until now
    ("sales two weeks ago", "sales 2026-W46"), ("sales 3 months ago", "sales 2026-08"), ("sales a year ago", "sales 2025"), ("omzet 2 weken geleden", "sales 2026-W46"),
    ("omzet een maand geleden", "sales 2026-10"), ("omzet sinds 2 weken geleden", "sales 2026-W46..2026-W48"), ("sales last one month", "sales 2026-10"), ("omzet eergisteren", "sales 2026-11-21"),
    ("sales october onwards", "sales 2026-10..2026-11"), ("sales from october onwards", "sales 2026-10..2026-11"), ("omzet vanaf oktober", "sales 2026-10..2026-11"), ("sales october to date", "sales 2026-10..2026-11"),
    ("sales this year so far", "sales 2026"), ("omzet dit jaar tot nu toe", "sales 2026"), ("sales over the last 6 months", "sales 2026-05..2026-10"), ("omzet over de laatste 3 maanden", "sales 2026-08..2026-10"),
    # days as they are written in America, and without dashes
    ("sales Oct 12, 2026", "sales 2026-10-12"), ("sales 12 october, 2026", "sales 2026-10-12"), ("sales october 12th", "sales 2026-10-12"), ("sales oct 1st to oct 15th", "sales 2026-10-01..2026-10-15"),
    ("sales 20261012", "sales 2026-10-12"),
    # against, in more words
    ("omzet ten opzichte van vorig jaar", "sales vs last year"), ("omzet tgo vorig jaar", "sales vs last year"), ("sales in comparison with last year", "sales vs last year"), ("omzet in vergelijking met vorig jaar", "sales vs last year"),
    ("sales q3 vs q3 last year", "sales 2026-Q3 vs last year"), ("sales ytd vs ytd last year", "sales 2026 vs last year"), ("omzet deze maand vs deze maand vorig jaar", "sales 2026-11 vs last year"), ("sales october vs a year ago", "sales 2026-10 vs last year"),
    ("sales this month vs a month ago", "sales 2026-11 vs 2026-10"), ("sales vs 3 months ago", "sales vs 2026-08"), ("sales 2026 vs 2 years ago", "sales 2026 vs 2024"), ("sales vs previous 5 september", "sales 2026-09-05 vs previous"), ("sales vs last year october", "sales 2026-10 vs last year"),
    # all at once
    ("Top 3 omzet per verkoper vorige maand regio:noord,zuid -bron:referral t.o.v. doel grafiek", "sales region:Noord,Zuid -source:Referral by rep top 3 2026-10 vs target chart"),
    ("SHOW ME LEADS AND CONVERSION BY SOURCE Q3 VS LAST YEAR PLEASE", "leads,conversion by source 2026-Q3 vs last year"),
]  # fmt: skip

REFUSED: list[tuple[str, str | None]] = [
    # fiscal periods that are cut short, and words behind "last" that are no unit: the period is named, not "last"
    ("sales fiscal year", "sales this fiscal year"), ("omzet boekjaar", "omzet dit boekjaar"), ("sales last fiscl year", "sales last fiscal year"), ("sales last fiscal years", "sales last 2 fiscal years"),
    ("omzet vorig boekjar", "omzet vorig boekjaar"), ("sales fy26/27", "sales fy2026"), ("sales last noord", "sales noord"), ("sales by fiscal", None),
    # a minus before what is no name, and "not" in many words: never the opposite
    ("sales -leads", "sales leads"), ("-sales", "sales"), ("sales last -3 months", "sales last 3 months"), ("sales by rep top -3", "sales by rep top 3"), ("sales vs -target", "sales vs target"),
    ("sales -chart", "sales chart"), ("sales -by rep", "sales by rep"), ("sales -2026", "sales 2026"), ("sales !anna", "sales anna"), ("sales rep!=anna", "sales -rep:anna"), ("sales rep==anna", "sales rep:anna"),
    ("leads niet van google", 'leads -source:"Google Ads"'), ("leads not from fairs", "leads -source:Fairs"), ("leads other than website", "leads -source:Website"), ("sales excl. noord", "sales -region:Noord"),
    ("sales does not include noord", "sales does -region:Noord"), ("sales isn't noord", "sales -region:Noord"), ("sales don't show noord", "sales -region:Noord"), ("leads without source", "leads source:none"),
    ("leads zonder bron", "leads source:none"), ("sales not nord", "sales -region:Noord"), ("omzet niet regio noord", "omzet -region:Noord"),
    ("sales -region:noord zuid", "sales -region:noord -region:Zuid"), ("sales -rep:anna and bart", 'sales -rep:anna -rep:"Bart Goossens"'),
    ("sales by rep except anna and bart", 'sales by rep -rep:"Anna de Vries" -rep:"Bart Goossens"'), ("sales zonder noord en zuid", "sales -region:Noord -region:Zuid"),
    # top without a split, words that aren't the grammar's
    ("sales top 5", "sales top 5 by rep"), ("conversion top 3", "conversion top 3 by rep"), ("sales bottom 3 per month", "sales bottom 3 per month by rep"), ("top 5 customers", "sales top 5 customers"),
    ("omzet verloop", "omzet per month chart"), ("verloop van de omzet", "per month chart van de omzet"), ("highest sales by rep", "top sales by rep"), ("wie heeft de laagste churn", "by rep heeft de bottom churn"),
    ("sales anna de vris", f"sales {ANNA}"), ("omzett", "omzet"), ("omzet per verkoperr", "omzet per verkoper"), ("nsp", "nps"), ("leads website vs fairs q3", "leads website,fairs q3 by source"),
    # mistyped metrics, dimensions, periods, names: the first suggestion
    ("conversoin", "conversion"), ("slaes", "sales"), ("saels last month", "sales last month"), ("convertion rep:anna", "conversion rep:anna"), ("omzt deze maand", "omzet deze maand"), ("chrun", "churn"),
    ("leeds by region", "leads by region"), ("klantverleis", "klantverlies"), ("cost per laed", "cost_per_lead"), ("sales by regoin", "sales by region"), ("omzet per verkopr", "omzet per verkoper"), ("sales by reigon last month", "sales by region last month"),
    ("sales last moth", "sales last month"), ("sales lst week", "sales last week"), ("sales yesterdya", "sales yesterday"), ("omzet vorge maand", "omzet vorige maand"), ("omzet gistern", "omzet gisteren"), ("sales septmber", "sales september"),
    ("sales last 3 monhts", "sales last 3 months"), ("omzet laatste 3 manden", "omzet laatste 3 maanden"), ("sales 3 months", "sales last 3 months"), ("sales lats 3 months", "sales last 3 months"), ("sales vs lats year", "sales vs last year"), ("sales vs taget", "sales vs target"),
    ("sales rep:ana", f"sales {ANNA}"), ("sales rep:bartt", 'sales rep:"Bart Goossens"'), ("sales rep:peters", 'sales rep:"Jan Peeters"'), ("sales region:brussels", "sales region:Brussel"), ("sales region:nord", "sales region:Noord"), ("leads source:refferal", "leads source:Referral"),
    ("sales soruce:web", "sales source:web"), ("sales verkopr:anna", "sales rep:anna"), ("sales by rep chrat", "sales by rep chart"), ("wyh sales", "why sales"), ("sumary weekly", "summary weekly"),
    # half a part
    ("my sales", "rep:me sales"), ("mijn omzet", "rep:me omzet"), ("sales region", "sales by region"),
    ("sales target", "sales vs target"), ("omzet doel", "omzet vs doel"), ("sales region=noord", "sales region:noord"), ("sales not region:noord", "sales -region:noord"), ("omzet zonder bron:referral", "omzet -bron:referral"), ("sales - region:noord", "sales -region:noord"),
    ("sales region:-noord", "sales -region:noord"), ("sales region:me", "sales rep:me"),
    ("sales month", "sales this month"), ("omzet maand", "omzet this month"), ("sales rep:jan peeters,bart", 'sales rep:"Jan Peeters",bart'), ("sales not noord", "sales -region:Noord"), ("omzet zonder noord", "omzet -region:Noord"), ("sales -noord", "sales -region:Noord"), ("sales except anna", 'sales -rep:"Anna de Vries"'), ("sales rep;anna", "sales rep:anna"), ("sales: by rep", "sales by rep"), ("sales by: rep", "sales by rep"),
    # dates as people write them, ranges the wrong way round, two periods
    ("sales 09/2026", "sales 2026-09"), ("sales 15/09/2026", "sales 2026-09-15"), ("sales 15-09-2026", "sales 2026-09-15"), ("sales 2026/09", "sales 2026-09"), ("sales 1/10/2026..15/10/2026", "sales 2026-10-01..2026-10-15"), ("sales 15/10/2026 to 15/09/2026", "sales 2026-09-15..2026-10-15"), ("sales 03/04/2026", "sales 2026-04-03"), ("sales 2026-03..2026-01", "sales 2026-01..2026-03"),
    ("sales oktober september", "sales 2026-10 vs 2026-09"), ("sales from january", "sales january"), ("sales next month", "sales this month"),
    # two mistakes at once
    ("slaes last moth", "sales last month"), ("slaes by regoin", "sales by region"), ("omzte per verkopr", "omzet per verkoper"), ("conversoin rep:ana", f"conversion {ANNA}"), ("sales anna lst month", "sales anna last month"), ("sales rep:ana by regoin", f"sales {ANNA} by region"), ("slaes noord", "sales noord"),
    # quotes in the wrong place
    ('ommzet wee nr"4 6', None), ('omzet week nr"4 6', None), ("sales q7", None), ("sales 2026q9", None),
    # how many
    ("omzet laatste weken", "omzet laatste 4 weken"), ("omzet voorbije weken", "omzet voorbije 4 weken"), ("omzet afgelopen weken", "omzet afgelopen 4 weken"), ("sales last months", "sales last 3 months"),
    ("sales last days", "sales last 7 days"), ("sales last years", "sales last 2 years"), ("omzet vorige kwartalen", "omzet vorige 2 kwartalen"), ("sales last few weeks", "sales last 4 weeks"),
    ("sales last couple of months by rep", "sales last 3 months by rep"), ("omzet de laatste paar weken", "omzet de laatste 4 weken"), ("sales over the last few weeks", "sales over the last 4 weeks"), ("sales since last months", "sales since last 3 months"),
    ("sales vs last months", "sales vs last 3 months"), ("sales a few weeks ago", "sales 2 weeks ago"), ("sales last 30", "sales last 30 days"), ("omzet laatste 12 per regio", "omzet laatste 12 dagen per regio"),
    ("sales 2000 weeks ago", None), ("slaes last months", "sales last 3 months"),
    # a mistyped unit after a word that is also a comparison
    ("omzet vorige mand", "omzet vorige maand"), ("omzet vorige maandd", "omzet vorige maand"), ("sales vorige weak", "sales vorige week"), ("omzet vorig kwartal", "omzet vorig kwartaal"),
    ("omzet deze mand", "omzet deze maand"), ("sales prev moth", "sales prev month"), ("sales previous weak by rep", "sales previous week by rep"), ("omzet vorige", "omzet vs vorige"),
    ("last month's sales", "last month sales"),
    # parts of months and years, open ends
    ("sales last half year", "sales last 6 months"), ("omzet afgelopen halfjaar", "omzet afgelopen 6 maanden"), ("half a year ago sales", "6 months ago sales"), ("omzet begin oktober", "omzet 2026-10-01..2026-10-10"),
    ("omzet half oktober", "omzet 2026-10-11..2026-10-20"), ("sales end of last month", "sales 2026-10-21..2026-10-31"), ("sales start of 2026", "sales 2026-Q1"), ("sales since begin october", "sales since 2026-10-01"),
    ("omzet tot eind oktober", "omzet until 2026-10-31"), ("sales first half of october", "sales 2026-10-01..2026-10-15"), ("omzet tweede helft van oktober", "omzet 2026-10-16..2026-10-31"), ("omzet tot nu toe", "omzet deze maand"),
    ("sales to date", "sales this month"), ("sales until now", "sales this month"), ("sales so far", "sales this month"), ("sales up to october", "sales until 2026-10"),
    ("sales through october", "sales until 2026-10"), ("omzet t/m oktober", "omzet until 2026-10"), ("sales before october", "sales until 2026-09"), ("sales prior to october by rep", "sales until 2026-09 by rep"),
    ("sales after october", "sales since 2026-11"), ("omzet na 1 oktober", "omzet since 2026-10-02"), ("sales over last month", "sales last month"), ("sales this month over last month", "sales this month vs last month"),
    ("slaes begin oktober per regoin", "sales 2026-10-01..2026-10-10 per region"),
    # dates that may be two, ranges the wrong way round
    ("sales oct 12", "sales 2026-10-12"), ("sales oct-12", "sales 2026-10-12"), ("sales-oct 12 by rep", "sales 2026-10-12 by rep"), ("sales last months-anna", "sales last 3 months anna"), ("omzet-jan feb", "omzet 2026-01..2026-02"), ("sales since oct 12", "sales since 2026-10-12"), ("sales vs oct 12", "sales vs 2026-10-12"),
    ("sales oct 1 to oct 15", "sales 2026-10-01..2026-10-15"), ("sales oct 1-15", "sales 2026-10-01..2026-10-15"), ("sales 12/10/26", "sales 2026-10-12"), ("sales 12/10/2026", "sales 2026-10-12"),
    ("omzet kw3", "omzet 2026-Q3"), ("omzet kw40", "omzet 2026-W40"), ("sales from 2026-10 to 2026-01", "sales 2026-01..2026-10"), ("sales between 2026-03 and 2026-01", "sales 2026-01..2026-03"),
    # two periods and more, joined
    ("omzet q1 en q2", "omzet 2026-Q1..2026-Q2"), ("sales january and february", "sales 2026-01..2026-02"), ("sales jan &amp; feb by rep", "sales 2026-01..2026-02 by rep"), ("sales jan, feb, mar", "sales 2026-01..2026-03"),
    ("sales q1, q2 and q3 by region", "sales 2026-Q1..2026-Q3 by region"), ("omzet jan en feb 2025 per verkoper", "omzet 2025-01..2025-02 per verkoper"), ("sales october november last year", "sales 2025-10..2025-11"), ("sales jan, may, feb", "sales 2026-01..2026-05 per month"), ("sales q1 and q3", "sales 2026-Q1 vs 2026-Q3"),
    ("sales feb and jan", "sales 2026-02 vs 2026-01"), ("sales last year october", "sales 2025-10"), ("sales ytd last year", "sales 2026 vs last year"), ("sales october vs 2 years ago", "sales october vs 2024-10"),
    # a metric and a grain in one word, a doubtful abbreviation
    ("omzet/maand", "omzet per maand"), ("leads/week", "leads per week"), ("omzet ivm vorig jaar", "omzet vs vorig jaar"),
    # a choice, never a guess
    ("sales rep:jan", 'sales rep:"Jan Peeters"'), ("sales product:model", 'sales product:"Model M"'), ("sales product:grinder", 'sales product:"Grinder One"'), ("sales rep:anna,jan", 'sales rep:anna,"Jan Peeters"'), ("sales rep:van", 'sales rep:"Nele Van Damme"'), ("sales jan peeters", 'sales rep:"Jan Peeters"'),
    # as people say it elsewhere
    ("sales mom", "sales vs previous"), ("sales m/m", "sales vs previous"), ("sales month on month", "sales vs previous"), ("omzet groei", "omzet vs previous"), ("omzet evolutie", "omzet per month chart"), ("sales lm", "sales last month"), ("sales vs lm", "sales vs last month"), ("sales vs month before", "sales vs previous"),
    ("nps vorig kwartaal vs kwartaal ervoor", "nps vorig kwartaal vs previous"), ("sales last 30d", "sales last 30 days"), ("sales l12m", "sales last 12 months"), ("sales rolling 12 months", "sales last 12 months"), ("sales 2025-2026", "sales 2025..2026"), ("leads sinds 1/9", "leads sinds 2026-09-01"), ("sales 1/9", "sales 2026-09-01"),
    ("sales all reps", "sales by reps"), ("omzet alle verkopers", "omzet by verkopers"), ("sales every region", "sales by region"), ("who sold most last month", "by rep sales top last month"), ("how many leads did i get last week", "how many leads did rep:me get last week"), ("hoeveel leads heb ik", "hoeveel leads heb rep:me"),
    ("sales by anna", f"sales {ANNA}"), ("sales by rep:anna", "sales rep:anna"), ("sales anna vs bart", "sales anna,bart by rep"), ("sales rep:anna vs rep:bart", "sales rep:anna,bart by rep"), ("omzet maas vs zenne", "omzet maas,zenne by team"), ("leads/sales", "leads,sales"), ("omzet/verkoper", "omzet by verkoper"), ("sales - noord", "sales -region:Noord"),
    # names that fall short of being sure, and mistyped ones
    ("sales -nord", "sales -region:Noord"), ("sales nord", "sales region:Noord"), ("sales region nord", "sales region:Noord"), ("sales ana", f"sales {ANNA}"), ("annas sales", f"{ANNA} sales"), ("sales web", "sales source:Website"), ("sales goog", 'sales source:"Google Ads"'), ("sales grinder", 'sales product:"Grinder One"'), ("sales peeters jan", 'sales rep:"Jan Peeters"'),
    ("sales anna vs team maas", "sales anna vs team"), ("team sales", "by team sales"),
    # sizes that can't be
    ("profit:>1000", "profit:>1000 by rep"), ("sales rep:>5", "sales by rep sales:>5"), ("sales rep:10..20", "sales by rep sales:10..20"), ("slaes:>1000 by rep", "sales:>1000 by rep"), ("sales:1000 by rep", "sales:>=1000 by rep"), ("-profit:<0 by customer", "profit:>=0 by customer"), ("sales by rep sales:50k..10k", None),
    ("15 september omzet 1 tot", None), ("omzet 1 tot", None), ("sales by rep sales:>5%", None), ("sales by rep sales:>x", None), ("conversion by rep conversion:>200%", None), ("sales by rep sales:>9999999999999999", None), ("sales:>1000 per month", "sales:>1000 per month by rep"),
    # three mistakes at once
    ("slaes by regoin lst month", "sales by region last month"), ("omzte per verkopr vorge maand", "omzet per verkoper vorige maand"), ("sales rep:ana by regoin lst month", f"sales {ANNA} by region last month"), ("conversoin by sorce lst mnth", "conversion by source last month"),
    # a word that says nothing: without it
    ("hoe goed is onze conversie", "hoe is onze conversie"), ("sales boss", "sales"), ("omzet jongens", "omzet"),
    # emoji and the bot's own name
    ("sales 🚀", "sales"), ("sales :rocket:", "sales"), ("sales last month 🙏🙏", "sales last month"), ("kpi sales", "sales"),
    # no number
    ("", "sales"), ("last month", "sales last month"), ("by region", "sales by region"), ("rep:anna", "sales rep:anna"),
    # nothing can be offered, but a sentence can
    ("sales last 0 months", None), ("sales per week per month", None), ("sales top 3 by rep top 5", None), ("sales by", None), ("sales rep:", None),
    ("sales amount:10..20", None), ("hello", None), ("what is the weather", None), ("'; DROP TABLE reps; --", None), ("select * from deals", None), ("https://example.com", None), ("sales rep:<@U0NOBODY|x>", None), ("sales region:antwerpen", None),
]  # fmt: skip

TOLD: list[tuple[str, str, str | None]] = [
    # what the calendar doesn't have, or not yet: the sentence, and what can be sent instead
    ("sales week 60", "There is no week 60 in 2026.", None),
    ("sales w60 2025", "There is no week 60 in 2025.", None),
    ("sales vs week 60", "There is no week 60 in 2026.", None),
    ("sales 2025-W53", "There is no week 53 in 2025.", None),
    ("sales week 53", "2026-W53 hasn't begun yet.", None),
    ("sales 2026-13", "There is no month 13.", None),
    ("sales quarter 5", "There is no quarter 5.", None),
    ("sales 2026-Q7", "There is no quarter 7.", None),
    ("sales 31 feb", "There is no day 31 in 2026-02.", "sales 2026-02-28"),
    ("sales feb 31", "There is no day 31 in 2026-02.", "sales 2026-02-28"),
    ("sales 29 feb", "There is no day 29 in 2026-02.", "sales 2026-02-28"),
    ("sales 29 feb 2025", "There is no day 29 in 2025-02.", "sales 2025-02-28"),
    ("omzet 31 november", "There is no day 31 in 2026-11.", "omzet 2026-11-30"),
    ("sales 2026-02-30", "There is no day 30 in 2026-02.", "sales 2026-02-28"),
    ("sales 31/02/2026", "There is no day 31 in 2026-02.", "sales 2026-02-28"),
    ("sales since 2027", "2027 hasn't begun yet.", "sales since 2026"),
    ("sales since 2026-11-24", "2026-11-24 hasn't begun yet.", "sales since 2026-11-23"),
    ("sales 2027 onwards", "2027 hasn't begun yet.", "sales since 2026"),
    ("sales after november", "2026-12 hasn't begun yet.", "sales since 2026-11"),
    ("sales since 31 feb", "There is no day 31 in 2026-02.", "sales since 2026-02-28"),
]  # fmt: skip
