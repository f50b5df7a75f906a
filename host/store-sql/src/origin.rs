use async_trait::async_trait;
use tombola_store::Result;
use tombola_store::origin::Origin;

use crate::error::unavailable;
use crate::store::SqlStore;

#[async_trait]
impl Origin for SqlStore {
    async fn is_copy(&self) -> Result<bool> {
        self.within(async {
            let mut reader = self.readers.reader().await?;
            self.driver.is_copy(&mut reader).await.map_err(unavailable)
        })
        .await
    }
}
