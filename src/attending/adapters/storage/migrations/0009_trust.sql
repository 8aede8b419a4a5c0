-- What the admin key has signed for: principals, issuers, record targets, egress and
-- promotions. The rows of those tables are for looking up; these statements are believed.

create table attending.trust_statements (
  tenant_id uuid not null references attending.tenants,
  number    integer not null check (number > 0),
  statement text not null,   -- the signed text itself: RFC 8785 JSON, naming the one before
  signature bytea not null,  -- Ed25519
  primary key (tenant_id, number)
);
select attending.protect('trust_statements');
select attending.keep_forever('trust_statements');
grant select on attending.trust_statements to attending_web, attending_releaser;
