-- wrk: reads one address with the API key.
wrk.headers["Authorization"] = "Bearer " .. os.getenv("API_KEY")
