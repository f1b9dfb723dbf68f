"""The smallest keywords.yaml that does something: one code, one merchant, one campaign."""

KEYWORDS = """
short_codes:
  "543": {country: CH, role: premium, carriers: [helvetia]}
merchants:
  astro: {name: Astro AG, hotline: "0800 123 456"}
campaigns:
  - {keyword: HOROSKOP, short_code: "543", merchant: astro, profile: ch-mo, language: de,
      price: "3.00", currency: CHF, frequency: {messages: 5, per: week}}
"""
