-- The queue. The engine's tables belong to attending_queue alone; every other role can
-- only add a job of its own tenant, in its own transaction, through this function.
-- A payload is ids: the tenant, the subject, and the version it is to advance from.
create function queue.enqueue(
  task text, queue_name text, tenant uuid, subject uuid, version integer, delay interval
) returns void
language plpgsql security definer set search_path = pg_catalog, queue, pg_temp
as $$
begin
  if tenant is null or tenant is distinct from attending.tenant() then
    raise exception 'a job is for the tenant of its transaction' using errcode = 'AT015';
  end if;
  -- The job's number stays here: it counts the jobs of every tenant.
  perform queue.procrastinate_defer_jobs_v1(array[row(
    queue_name, task, 0, null, null,
    jsonb_build_object('tenant', tenant, 'subject', subject, 'version', version),
    case when delay > interval '0' then clock_timestamp() + delay end
  )::queue.procrastinate_job_to_defer_v1]);
end $$;
alter function queue.enqueue owner to attending_queue;
revoke execute on all functions in schema queue from public;
grant usage on schema queue to attending_web, attending_inference, attending_releaser;
grant execute on function queue.enqueue to attending_web, attending_inference, attending_releaser;

-- What of the tenant's own work waits, or is being done. Ids and times: whose job came
-- before it, and how many others there are, stays here.
create function queue.waiting()
returns table (
  step text, subject uuid, tries integer, since timestamptz, due timestamptz, doing boolean
)
language sql stable security definer set search_path = pg_catalog, queue, pg_temp
as $$
  select j.task_name::text, (j.args ->> 'subject')::uuid, j.attempts,
         (select min(e.at) from queue.procrastinate_events e where e.job_id = j.id),
         j.scheduled_at, j.status = 'doing'
  from queue.procrastinate_jobs j
  where j.status in ('todo', 'doing') and j.args ->> 'tenant' = attending.tenant()::text
$$;
alter function queue.waiting owner to attending_queue;
revoke execute on function queue.waiting from public;
grant execute on function queue.waiting to attending_web;
