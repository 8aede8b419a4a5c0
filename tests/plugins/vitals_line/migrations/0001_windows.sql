-- What the sample line keeps of a recording of vitals: one row for each minute.
create table attending.vitals_windows (
  tenant_id  uuid not null,
  source_id  uuid not null,
  minute     integer not null,
  heart_rate real not null,
  primary key (tenant_id, source_id, minute),
  foreign key (tenant_id, source_id) references attending.sources (tenant_id, id)
);
select attending.protect('vitals_windows');
grant select, insert on attending.vitals_windows to attending_inference;
grant select on attending.vitals_windows to attending_web;
