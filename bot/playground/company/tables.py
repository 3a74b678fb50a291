"""The demo company's tables: a row's type, and the statement that creates its table.

Money is a Decimal of EUR with two places. A moment in UTC is an aware datetime, a local one is naive;
both are stored as text 'YYYY-MM-DD HH:MM:SS', dates as 'YYYY-MM-DD'.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class Region(NamedTuple):
    id: int
    name: str


class Team(NamedTuple):
    id: int
    name: str
    region_id: int


class Rep(NamedTuple):
    id: int
    name: str
    email: str
    slack_user: str
    team_id: int
    region_id: int
    hired_on: date
    left_on: date | None


class Source(NamedTuple):
    id: int
    name: str


class Technique(NamedTuple):
    id: int
    name: str


class Campaign(NamedTuple):
    id: int
    name: str
    source_id: int
    started_on: date
    ended_on: date


class Category(NamedTuple):
    id: int
    name: str


class Product(NamedTuple):
    id: int
    name: str
    category_id: int
    tier: int
    list_price: Decimal
    unit_cost: Decimal


class Customer(NamedTuple):
    id: int
    name: str
    segment: str
    region_id: int
    rep_id: int
    lead_id: int | None
    created_on: date


class Lead(NamedTuple):
    id: int
    created_at: datetime
    qualified_at: datetime | None
    converted_at: datetime | None
    status: str
    source_id: int
    campaign_id: int | None
    technique_id: int | None
    rep_id: int | None
    region_id: int
    segment: str
    customer_id: int | None


class Opportunity(NamedTuple):
    id: int
    lead_id: int
    customer_id: int | None
    created_at: datetime
    closed_at: datetime | None
    stage: str
    amount: Decimal
    rep_id: int
    product_id: int


class Order(NamedTuple):
    id: int
    customer_id: int
    rep_id: int
    ordered_at: datetime
    status: str
    campaign_id: int | None


class OrderLine(NamedTuple):
    id: int
    order_id: int
    product_id: int
    quantity: int
    unit_price: Decimal
    amount: Decimal
    cost: Decimal
    mark: str | None


class MarketingCost(NamedTuple):
    id: int
    month: date
    source_id: int | None
    region_id: int | None
    amount: Decimal


class SalesCost(NamedTuple):
    id: int
    month: date
    rep_id: int
    amount: Decimal


class ServiceCost(NamedTuple):
    id: int
    customer_id: int
    booked_on: date
    amount: Decimal


class ServiceContract(NamedTuple):
    id: int
    customer_id: int
    started_on: date
    ends_on: date | None


class NpsAnswer(NamedTuple):
    id: int
    customer_id: int
    rep_id: int
    segment: str
    region_id: int
    wave: str
    sent_at: datetime
    answered_at: datetime | None
    score: int | None
    reason: str | None


class Quota(NamedTuple):
    id: int
    metric: str
    month: date
    rep_id: int | None
    team_id: int | None
    region_id: int | None
    value: Decimal


class Company(NamedTuple):
    """All rows, by table; the field names are the tables' names, in the order in which they are filled."""

    regions: tuple[Region, ...]
    teams: tuple[Team, ...]
    reps: tuple[Rep, ...]
    sources: tuple[Source, ...]
    techniques: tuple[Technique, ...]
    campaigns: tuple[Campaign, ...]
    categories: tuple[Category, ...]
    products: tuple[Product, ...]
    leads: tuple[Lead, ...]
    customers: tuple[Customer, ...]
    opportunities: tuple[Opportunity, ...]
    orders: tuple[Order, ...]
    order_lines: tuple[OrderLine, ...]
    marketing_costs: tuple[MarketingCost, ...]
    sales_costs: tuple[SalesCost, ...]
    service_costs: tuple[ServiceCost, ...]
    service_contracts: tuple[ServiceContract, ...]
    nps_answers: tuple[NpsAnswer, ...]
    quotas: tuple[Quota, ...]


SCHEMA = """
create table regions (id integer primary key, name text not null unique);
create table teams (
  id integer primary key, name text not null unique, region_id integer not null references regions (id));
create table reps (
  id integer primary key, name text not null unique, email text not null, slack_user text not null,
  team_id integer not null references teams (id), region_id integer not null references regions (id),
  hired_on date not null, left_on date);
create table sources (id integer primary key, name text not null unique);
create table techniques (id integer primary key, name text not null unique);
create table campaigns (
  id integer primary key, name text not null unique, source_id integer not null references sources (id),
  started_on date not null, ended_on date not null);
create table categories (id integer primary key, name text not null unique);
create table products (
  id integer primary key, name text not null unique, category_id integer not null references categories (id),
  tier integer not null, list_price numeric not null, unit_cost numeric not null);
create table leads (
  id integer primary key, created_at text not null, qualified_at text, converted_at text,
  status text not null check (status in ('new', 'qualified', 'won', 'lost', 'spam', 'duplicate')),
  source_id integer not null references sources (id), campaign_id integer references campaigns (id),
  technique_id integer references techniques (id), rep_id integer references reps (id),
  region_id integer not null references regions (id), segment text not null,
  customer_id integer references customers (id));
create table customers (
  id integer primary key, name text not null unique, segment text not null,
  region_id integer not null references regions (id), rep_id integer not null references reps (id),
  lead_id integer references leads (id), created_on date not null);
create table opportunities (
  id integer primary key, lead_id integer not null references leads (id),
  customer_id integer references customers (id), created_at text not null, closed_at text,
  stage text not null check (stage in ('open', 'won', 'lost')), amount numeric not null,
  rep_id integer not null references reps (id), product_id integer not null references products (id));
create table orders (
  id integer primary key, customer_id integer not null references customers (id),
  rep_id integer not null references reps (id), ordered_at text not null,
  status text not null check (status in ('paid', 'shipped', 'cancelled', 'credit')),
  campaign_id integer references campaigns (id));
create table order_lines (
  id integer primary key, order_id integer not null references orders (id),
  product_id integer not null references products (id), quantity integer not null,
  unit_price numeric not null, amount numeric not null, cost numeric not null,
  mark text check (mark in ('upsell', 'cross-sell')));
create table marketing_costs (
  id integer primary key, month date not null, source_id integer references sources (id),
  region_id integer references regions (id), amount numeric not null);
create table sales_costs (
  id integer primary key, month date not null, rep_id integer not null references reps (id),
  amount numeric not null);
create table service_costs (
  id integer primary key, customer_id integer not null references customers (id),
  booked_on date not null, amount numeric not null);
create table service_contracts (
  id integer primary key, customer_id integer not null references customers (id),
  started_on date not null, ends_on date);
create table nps_answers (
  id integer primary key, customer_id integer not null references customers (id),
  rep_id integer not null references reps (id), segment text not null,
  region_id integer not null references regions (id), wave text not null, sent_at text not null,
  answered_at text, score integer check (score between 0 and 10), reason text);
create table quotas (
  id integer primary key, metric text not null, month date not null,
  rep_id integer references reps (id), team_id integer references teams (id),
  region_id integer references regions (id), value numeric not null);
"""

INDEXES = """
create index leads_created_at on leads (created_at);
create index leads_qualified_at on leads (qualified_at);
create index leads_converted_at on leads (converted_at);
create index leads_rep_id on leads (rep_id);
create index leads_source_id on leads (source_id);
create index leads_customer_id on leads (customer_id);
create index customers_created_on on customers (created_on);
create index customers_rep_id on customers (rep_id);
create index customers_lead_id on customers (lead_id);
create index opportunities_created_at on opportunities (created_at);
create index opportunities_closed_at on opportunities (closed_at);
create index opportunities_lead_id on opportunities (lead_id);
create index opportunities_rep_id on opportunities (rep_id);
create index orders_ordered_at on orders (ordered_at);
create index orders_customer_id on orders (customer_id);
create index orders_rep_id on orders (rep_id);
create index order_lines_order_id on order_lines (order_id);
create index order_lines_product_id on order_lines (product_id);
create index marketing_costs_month on marketing_costs (month);
create index sales_costs_month on sales_costs (month);
create index service_costs_booked_on on service_costs (booked_on);
create index service_costs_customer_id on service_costs (customer_id);
create index service_contracts_customer_id on service_contracts (customer_id);
create index nps_answers_sent_at on nps_answers (sent_at);
create index nps_answers_answered_at on nps_answers (answered_at);
create index nps_answers_customer_id on nps_answers (customer_id);
create index quotas_metric_month on quotas (metric, month);
"""
