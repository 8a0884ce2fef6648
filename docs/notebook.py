# %% [markdown]
# Ten lines from a scenario to a finding. Open it in Jupyter (with jupytext) or run it: `python docs/notebook.py`

# %%
from govsim import compare, load_scenario, run

scenario = load_scenario("classroom", changes={"time.horizon_days": 91})
once = run(scenario, ["household_visits"], events=True)
print(once.headlines.set_index("headline").loc[["satisfaction", "days_to_close"]])
print(once.events["kind"].value_counts().head())

# %%
paired = compare(scenario, ["household_visits", "whistle_report"], replicates=3)
effects = paired.effects.set_index(["outcome", "arm"])
print(effects.loc[["open_problems_level", "satisfaction"], ["difference", "low", "high"]])
