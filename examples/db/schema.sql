CREATE TABLE customers (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  key text NOT NULL DEFAULT encode(gen_random_bytes(16), 'hex')
);

CREATE INDEX customers_email_search ON customers USING gin (email gin_trgm_ops);

CREATE TABLE orders (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  placed_at timestamptz NOT NULL DEFAULT now(),
  total numeric(10, 2) NOT NULL CHECK (total >= 0)
);
